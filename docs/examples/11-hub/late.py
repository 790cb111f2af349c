"""What does somebody hear who comes late?"""

from minisocketserver import Hub

hub = Hub()
hub.publish("tea", "I have put the kettle on")
hub.declare("tea", "tea is at five")
hub.declare("tea", "tea is at six")
late = hub.listen("tea")

hub.publish("tea", "nice!")
hub.retract("tea")
later = hub.listen("tea")

hub.close()
print("late: ", list(late))
print("later:", list(later))
