"""Answers every request of the daemon, whatever it holds and whatever an author raises."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, List, Type

from .call import Call
from .errors import CallError, InvalidState, NotSupported
from .instance import Instance
from .instance_calls import output_answer
from .operation import Respond, refused, succeeded
from .params import Params
from .ports import Outcome
from .services import Services


class Calls:
    def __init__(self, types: Dict[str, Type[Any]], services: Services, on_closed: Callable[[str], None]) -> None:
        self.instances: Dict[str, Instance] = {}
        self._types = types
        self._services = services
        self._on_closed = on_closed
        self._methods: Dict[str, Callable[[str, Params, Respond], None]] = {
            "ping": lambda _call_id, _params, respond: _tell(respond, {}),
            "startup": self._startup,
            "open": self._open,
            "close": self._close,
            "online": self._operation("online"),
            "offline": self._operation("offline"),
            "terminate": self._terminate,
            "looksAlive": self._check("looksAlive"),
            "isAlive": self._check("isAlive"),
            "resourceControl": self._control,
            "resourceTypeControl": self._type_control,
        }

    def take(self, call_id: str, method: str, params: object, respond: Respond) -> None:
        act = self._methods.get(method)
        try:
            if act is None:
                raise NotSupported(f'this host knows no method "{method}"')
            act(call_id, Params(method, params), respond)
        except CallError as error:
            respond(refused(error))

    # of a type

    def _startup(self, _call_id: str, params: Params, respond: Respond) -> None:
        served = [name for name in params.texts("types") if name in self._types]
        self._each_startup(list(served), lambda: _tell(respond, {"resourceTypes": served}), respond)

    def _each_startup(self, left: List[str], done: Callable[[], None], respond: Respond) -> None:
        if not left:
            done()
            return

        def started(outcome: Outcome) -> None:
            if outcome.raised is not None:
                respond(refused(outcome.raised))
            else:
                self._each_startup(left[1:], done, respond)

        runner = self._services.runner
        runner.invoke(self._types[left[0]].startup, runner.cancellation(), started)

    def _type_control(self, call_id: str, params: Params, respond: Respond) -> None:
        name, code, given = params.text("type"), params.text("code"), params.anything("input")
        served = self._types.get(name)
        if served is None:
            raise NotSupported(f'this host serves no type "{name}"')
        runner = self._services.runner
        call = Call(call_id, respond, runner.cancellation(), lambda: None)
        runner.invoke(partial(served.type_control, code, given), call.cancellation, lambda outcome: call.over(outcome, output_answer))

    # of a resource

    def _open(self, _call_id: str, params: Params, respond: Respond) -> None:
        name, type_name = params.text("resourceId"), params.text("type")
        properties, recover = params.members("properties"), params.flag("recover")
        known = self.instances.get(name)
        if known is not None:
            # The daemon may repeat an open whose answer was lost.
            respond(succeeded({"found": "running" if known.may_run else "nothing"}))
            return
        served = self._types.get(type_name)
        if served is None:
            raise CallError(f'open of {name}: this host serves no type "{type_name}"', "invalidParams")
        runner = self._services.runner
        instance = Instance(name, served(), properties, self._services)
        cancellation = runner.cancellation()
        facts = runner.facts(instance, cancellation, None, "")

        def opened(outcome: Outcome) -> None:
            if outcome.raised is not None:
                respond(refused(outcome.raised))
                return
            self.instances[name] = instance
            # What an earlier host left behind may be more than what was found.
            instance.may_run = recover or bool(outcome.value)
            respond(succeeded({"found": "running" if outcome.value else "nothing"}))

        runner.invoke(lambda: instance.handler.open(facts, recover), cancellation, opened)

    def _close(self, _call_id: str, params: Params, respond: Respond) -> None:
        name = params.text("resourceId")
        instance = self.instances.get(name)
        if instance is None:
            respond(succeeded({}))
            return
        if instance.state not in ("Offline", "Failed"):
            raise InvalidState(f"close of {name}@{instance.incarnation}: it is {instance.state}; take it offline first")
        runner = self._services.runner
        cancellation = runner.cancellation()
        facts = runner.facts(instance, cancellation, None, "")

        def closed(outcome: Outcome) -> None:
            self.instances.pop(name, None)
            self._on_closed(name)
            respond(refused(outcome.raised) if outcome.raised else succeeded({}))

        runner.invoke(partial(instance.handler.close, facts), cancellation, closed)

    def _operation(self, call: str) -> Callable[[str, Params, Respond], None]:
        def act(call_id: str, params: Params, respond: Respond) -> None:
            instance = self._find(params)
            if not instance.repeat(call, call_id, respond):
                begin = instance.online if call == "online" else instance.offline
                self._in_turn(instance, respond, lambda release: begin(call_id, params, respond, release))

        return act

    def _terminate(self, call_id: str, params: Params, respond: Respond) -> None:
        instance = self.instances.get(params.text("resourceId"))
        if instance is None:
            # What is not here has nothing left to clean up.
            respond(succeeded({}))
        elif not instance.repeat("terminate", call_id, respond):
            instance.terminate(call_id, params, respond)

    def _check(self, method: str) -> Callable[[str, Params, Respond], None]:
        def act(call_id: str, params: Params, respond: Respond) -> None:
            instance = self._find(params)
            self._in_turn(instance, respond, lambda release: instance.calls.check(call_id, method, params, respond, release))

        return act

    def _control(self, call_id: str, params: Params, respond: Respond) -> None:
        instance = self._find(params)
        self._in_turn(instance, respond, lambda release: instance.calls.control(call_id, params, respond, release))

    def _find(self, params: Params) -> Instance:
        name = params.text("resourceId")
        if name not in self.instances:
            raise CallError(f"there is no resource {name} in this host", "unknownResource")
        return self.instances[name]

    def _in_turn(self, instance: Instance, respond: Respond, act: Callable[[Callable[[], None]], None]) -> None:
        def begin(release: Callable[[], None]) -> None:
            try:
                act(release)
            except CallError as error:
                release()
                respond(refused(error))

        instance.turns.take(begin)


def _tell(respond: Respond, result: Dict[str, Any]) -> None:
    respond(succeeded(result))
