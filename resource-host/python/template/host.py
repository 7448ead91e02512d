#!/usr/bin/env python3
"""{{name}} is a resource type of andon: it runs a command and reports its end the moment it comes."""

import os
import signal
import subprocess

import leftovers
from andon_host import Event, InvalidState, NotAlive, NotSupported, ResourceType, serve


class Program(ResourceType):
    """One resource: a command that runs while it is online."""

    name = "{{name}}"
    process = None

    def open(self, resource, recover):
        """An earlier host, which was killed, may have left the program running."""
        return recover and bool(leftovers.find(resource.name))

    def online(self, resource):
        """Starts the program, and promises to report its end, so that nobody has to ask. There must not be two of it."""
        leftovers.kill(resource.name)
        self.process = subprocess.Popen(
            ["sh", "-c", resource.properties["command"]],
            env={**os.environ, "ANDON_RESOURCE": resource.name},
            stdin=subprocess.DEVNULL,
            # A session is a process group too: what the program starts is stopped with it.
            start_new_session=True,
        )
        process = self.process
        resource.watch(lambda: resource.fail(describe(process.wait())))
        return Event()

    def offline(self, resource):
        """Lets the program stop by itself, for a while."""
        if self.is_running():
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(resource.properties.get("stopTimeoutMs", 5000) / 1000)
            except subprocess.TimeoutExpired:
                pass  # terminate does not ask.
        self.terminate(resource)

    def terminate(self, resource):
        """Returns when nothing of the program is left, also nothing that it started."""
        # One that an online is just starting is not in here yet; terminate is called again after that online.
        process = self.process
        if process and process.poll() is None:
            # Right after its start its environment may not be there to be read.
            os.killpg(process.pid, signal.SIGKILL)
        leftovers.kill(resource.name)
        if process:
            process.wait()

    def is_alive(self, resource):
        """Is asked when somebody else reported a failure of this resource."""
        return self.is_running() or NotAlive("it does not run")

    def control(self, resource, code, given):
        """Answers `andon control NAME pid`."""
        if code != "pid":
            raise NotSupported(f'no control code "{code}"; there is: pid')
        if not self.is_running():
            raise InvalidState(f"{resource.name} does not run, so it has no pid")
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None


def describe(code):
    return f"exited with code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


if __name__ == "__main__":
    serve(Program)
