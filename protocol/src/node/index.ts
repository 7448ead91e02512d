export { connectFrames } from './client.ts';
export type { Connection, ConnectionListener } from './connection.ts';
export { type FrameServer, type FrameServerOptions, serveFrames } from './server.ts';
