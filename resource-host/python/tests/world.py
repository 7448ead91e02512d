"""A world for the protocol core in which time passes when a test says so, and every entry point ends when a test says so."""

from andon_host.environment import HostEnvironment
from andon_host.facts import Facts
from andon_host.host import Host
from andon_host.threads import Cancellation, ResourceType


class Timer:
    def __init__(self, at, action):
        self.at, self.action = at, action

    def cancel(self):
        self.action = None


class World:
    """Clock, records, runner and connection in one."""

    def __init__(self):
        self.now, self.timers, self.records, self.sent, self.calls, self.exit = 0.0, [], [], [], [], None
        environment = HostEnvironment(socket="", host_id="web", token="secret", event_handle="/ev")
        self.host = Host([Web], environment, self, self, self, self.end)
        self.link = None
        self.connect()

    def end(self, code):
        self.exit = code

    # the clock

    def later(self, seconds, action):
        timer = Timer(self.now + seconds, action)
        self.timers.append(timer)
        return timer

    def pass_time(self, seconds):
        self.now += seconds
        for timer in sorted(self.timers, key=lambda one: one.at):
            if timer.action and timer.at <= self.now:
                self.timers.remove(timer)
                timer.action()

    # records

    def write(self, _key, path, record):
        self.records.append((path, record))

    def forget(self, _key):
        pass

    # entry points

    def cancellation(self):
        return Cancellation()

    def facts(self, instance, cancellation, operation, call_id):
        facts = Facts(self.host, instance, cancellation, operation, call_id)
        facts._post = lambda action: action()
        return facts

    def invoke(self, entry_point, cancellation, done):
        self.calls.append((entry_point, cancellation, done))

    # the daemon

    def connect(self):
        self.link = Link(self.sent)
        self.host.connected(self.link)
        self.host.received("welcome", {"limits": {"orphanPeriodMs": 60_000}})

    def request(self, call_id, method, **params):
        self.host.received("request", {"id": call_id, "method": method, "params": params})

    def answers(self, call_id):
        return [data for kind, data in self.sent if kind == "response" and data["id"] == call_id]

    def reports(self):
        return [data["params"] for kind, data in self.sent if kind == "request" and data["method"] == "statusReport"]


class Link:
    def __init__(self, sent):
        self._sent = sent

    def send(self, kind, data):
        self._sent.append((kind, data))

    def close(self):
        pass


class Web(ResourceType):
    name = "web"
