// Makes the event loop of a Node process turn no more, without its help: hang.js PID. SIGUSR1 opens the inspector of any Node process, and
// what the inspector is asked to evaluate runs on the main thread. Here it never ends.
const pid = Number(process.argv[2]);
process.kill(pid, 'SIGUSR1');
let targets;
for (const untilMs = Date.now() + 10_000; ;) {
  targets = await fetch('http://127.0.0.1:9229/json/list').then(
    (answer) => answer.json(),
    () => undefined,
  );
  if (targets) break;
  if (Date.now() > untilMs) throw new Error('the inspector did not open');
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const socket = new WebSocket(targets[0].webSocketDebuggerUrl);
await new Promise((resolve, reject) => {
  socket.onopen = resolve;
  socket.onerror = reject;
});
socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: 'for (;;) {}' } }));
// It is on its way once the socket holds nothing back; there will be no answer.
while (socket.bufferedAmount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
setTimeout(() => process.exit(0), 100);
