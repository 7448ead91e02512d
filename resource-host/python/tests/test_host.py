import unittest

from andon_host.contract import Event
from andon_host.ports import Outcome
from world import World


class Life(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.world.request("1", "open", resourceId="web-1", type="web", properties={}, recover=False)
        self.finish(False)

    def finish(self, value=None, raised=None, call=0):
        self.world.calls.pop(call)[2](Outcome(value, raised))

    def online(self, incarnation=7):
        self.world.request(
            f"web-1@{incarnation}/online",
            "online",
            resourceId="web-1",
            incarnation=incarnation,
            properties={},
            eventHandle="/ev",
            failureRecord=f"web-1@{incarnation}",
        )

    def terminate(self, incarnation=7):
        name = f"web-1@{incarnation}/terminate"
        self.world.request(name, "terminate", resourceId="web-1", incarnation=incarnation, cause="x", reason="x")

    @property
    def instance(self):
        return self.world.host.instances["web-1"]

    def test_a_quick_online_is_answered_with_its_contract(self):
        self.online()
        self.finish(Event())
        self.assertEqual(self.world.answers("web-1@7/online")[0]["result"], {"contract": "event", "eventHandle": "/ev"})
        self.assertEqual(self.instance.describe()["state"], "Online")

    def test_a_slow_online_is_pending_first_and_reported_then(self):
        self.online()
        self.world.pass_time(0.2)
        self.assertEqual(self.world.answers("web-1@7/online")[0]["result"], {"pending": True})
        self.finish(Event())
        self.assertEqual([report["state"] for report in self.world.reports()], ["online"])
        self.assertEqual(len(self.world.answers("web-1@7/online")), 1)

    def test_a_report_that_was_not_answered_is_told_again_on_the_next_connection(self):
        self.online()
        self.world.pass_time(0.2)
        self.finish(Event())
        self.world.host.lost()
        self.world.connect()
        self.assertEqual([report["checkpoint"] for report in self.world.reports()], [1, 1])

    def test_a_repeat_is_answered_from_memory(self):
        self.online()
        self.finish(Event())
        self.online()
        first, second = self.world.answers("web-1@7/online")
        self.assertEqual(first, second)
        self.assertEqual(self.world.calls, [])

    def test_terminate_overtakes_an_online_and_cleans_up_after_it(self):
        self.online()
        _, cancellation, _ = self.world.calls[0]
        self.terminate()
        self.assertTrue(cancellation.is_cancelled)
        self.assertEqual(self.world.answers("web-1@7/online")[0]["error"]["code"], "cancelled")
        self.assertEqual(self.world.answers("web-1@7/terminate"), [])
        self.finish(Event())
        self.finish()
        self.assertTrue(self.world.answers("web-1@7/terminate")[0]["ok"])
        self.assertEqual(self.instance.describe()["state"], "Failed")

    def test_a_stuck_online_has_terminate_beside_it_and_once_more_at_its_end(self):
        self.online()
        self.terminate()
        self.world.pass_time(0.3)
        self.finish(call=1)
        self.assertEqual(self.world.answers("web-1@7/terminate"), [])
        self.finish(Event())
        self.finish()
        self.assertTrue(self.world.answers("web-1@7/terminate")[0]["ok"])

    def test_a_failure_is_written_again_until_terminate_comes(self):
        self.online()
        self.finish(Event())
        self.instance.fail(self.instance.life, "disk gone")
        for seconds in (2, 4, 8):
            self.world.pass_time(seconds)
        self.assertEqual(self.world.records, [("/ev", b"web-1@7 disk gone\n")] * 4)
        self.terminate()
        self.finish()
        self.world.pass_time(60)
        self.assertEqual(len(self.world.records), 4)

    def test_a_dismissed_failure_is_not_repeated_and_may_be_followed_by_another(self):
        self.online()
        self.finish(Event())
        self.instance.fail(self.instance.life, "one")
        dismissed = {"method": "recordDismissed", "params": {"resourceId": "web-1", "incarnation": 7, "reason": ""}}
        self.world.host.received("notify", dismissed)
        self.assertEqual(self.instance.describe()["state"], "Online")
        self.world.pass_time(10)
        self.instance.fail(self.instance.life, "two")
        self.assertEqual([record for _, record in self.world.records], [b"web-1@7 one\n", b"web-1@7 two\n"])

    def test_a_failure_of_an_incarnation_that_is_over_says_nothing(self):
        self.online()
        self.finish(Event())
        life = self.instance.life
        self.terminate()
        self.finish()
        self.instance.fail(life, "late")
        self.assertEqual(self.world.records, [])

    def test_calls_that_do_not_fit_are_refused(self):
        self.online()
        self.finish(Event())
        for method, params, code in (
            ("isAlive", {"resourceId": "web-1", "incarnation": 6}, "staleIncarnation"),
            ("isAlive", {"resourceId": "web-2", "incarnation": 7}, "unknownResource"),
            ("isAlive", {"resourceId": "web-1", "incarnation": "7"}, "invalidParams"),
            ("defragment", {}, "notSupported"),
        ):
            with self.subTest(method=method, params=params):
                self.world.sent.clear()
                self.world.request("x", method, **params)
                self.assertEqual(self.world.answers("x")[0]["error"]["code"], code)

    def test_an_answer_goes_to_the_connection_that_asked_or_nowhere(self):
        self.world.request("9", "resourceControl", resourceId="web-1", code="x")
        self.world.host.lost()
        self.world.connect()
        self.finish("late")
        self.assertEqual(self.world.answers("9"), [])

    def test_without_a_daemon_for_the_orphan_period_it_goes_offline_and_ends(self):
        self.online()
        self.finish(Event())
        self.world.host.lost()
        self.world.pass_time(61)
        self.assertIsNone(self.world.exit)
        self.finish()
        self.assertEqual(self.world.exit, 0)
