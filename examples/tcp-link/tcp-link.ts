import { once } from 'node:events';
import { connect } from 'node:net';
import { defineResourceType, event } from '@andon/resource-host';
import { z } from 'zod';

export default defineResourceType({
  name: 'tcp-link',
  properties: z.object({ host: z.string().default('127.0.0.1'), port: z.int().min(1).max(65_535) }),
  async online(resource) {
    const { host, port } = resource.properties;
    const socket = connect({ host, port, signal: resource.signal }); // offline and terminate abort the signal
    await once(socket, 'connect');
    socket.on('error', (error) => resource.fail(error.message));
    socket.on('close', () => resource.fail(`${host}:${port} closed the connection`));
    socket.resume();
    return event(); // "I will tell you": this resource is never polled
  },
  offline() {},
  terminate() {},
});
