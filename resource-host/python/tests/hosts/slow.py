#!/usr/bin/env python3
"""A host whose online and offline pend, in the plain form. Polled; its control takes its time."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from andon_host import Cancelled, Poll, ResourceType, serve  # noqa: E402

STEPS = 4
STEP_S = 0.1


class Slow(ResourceType):
    name = "slow"
    is_online = False

    def online(self, resource):
        self.take_time(resource)
        self.is_online = True
        return Poll(looks_alive_ms=1000)

    def offline(self, resource):
        self.take_time(resource)
        self.is_online = False

    def terminate(self, resource):
        self.is_online = False

    def looks_alive(self, resource):
        return self.is_online

    def control(self, resource, code, given):
        resource.extend_control(10)
        self.take_time(resource)
        return {"code": code, "given": given}

    def take_time(self, resource):
        for step in range(STEPS):
            resource.progress(f"step {step + 1} of {STEPS}")
            if resource.cancelled.wait(STEP_S):
                raise Cancelled(f"{resource.name} was asked to give up at step {step + 1}")


if __name__ == "__main__":
    serve(Slow)
