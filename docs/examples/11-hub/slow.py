"""Five messages for a queue that holds three: which of them are lost?"""

from minisocketserver import Hub, Policy

hub = Hub()
inboxes = [hub.listen("tea", limit=3, policy=policy) for policy in Policy]

for number in range(1, 6):
    hub.publish("tea", number)
hub.close()

for inbox in inboxes:
    print(f"{inbox.policy.value:12} {list(inbox)}, lost: {inbox.lost}")
