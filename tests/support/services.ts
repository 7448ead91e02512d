import { execFileSync } from 'node:child_process';
import { chownSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasPrograms } from './toolchain.ts';

/** A service from Debian, as `generic-application` runs it and as `tcp-lifeline` asks for it. */
export interface Service {
  readonly application: { readonly command: string; readonly args: string[]; readonly cwd: string; readonly user?: string };
  readonly lifeline: { readonly port: number; readonly send?: string; readonly sendHex?: string; readonly expect: string };
}

export interface Recipe {
  readonly name: string;
  readonly isInstalled: boolean;
  /** `hastily`: it hangs up on connections that say nothing for a second. */
  prepare(folder: string, port: number, hastily: boolean): Service;
}

const [POSTGRESQL = ''] = globSync('/usr/lib/postgresql/*/bin');
const isRoot = process.getuid?.() === 0;

export const SERVICES: readonly Recipe[] = [
  {
    name: 'nginx',
    isInstalled: hasPrograms('nginx'),
    prepare(folder, port, hastily) {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
        .join('\n');
      const timeouts = hastily ? 'client_header_timeout 1s; keepalive_timeout 1s;' : '';
      const text = `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_processes 1;
events {}
http { access_log off; ${temporary} ${timeouts} server { listen 127.0.0.1:${port}; root ${folder}; } }
`;
      writeFileSync(join(folder, 'nginx.conf'), text);
      return {
        application: { command: 'nginx', args: ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], cwd: folder },
        lifeline: { port, send: 'HEAD / HTTP/1.0\r\n\r\n', expect: '^HTTP/1' },
      };
    },
  },
  {
    name: 'redis',
    isInstalled: hasPrograms('redis-server'),
    prepare: (folder, port, hastily) => ({
      application: {
        command: 'redis-server',
        args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--timeout', hastily ? '1' : '0'],
        cwd: folder,
      },
      lifeline: { port, send: 'PING\r\n', expect: '^\\+PONG' },
    }),
  },
  {
    name: 'memcached',
    isInstalled: hasPrograms('memcached'),
    prepare: (folder, port, hastily) => ({
      application: {
        command: 'memcached',
        args: ['-l', '127.0.0.1', '-p', String(port), '-u', 'nobody', ...(hastily ? ['-o', 'idle_timeout=1'] : [])],
        cwd: folder,
      },
      lifeline: { port, send: 'version\r\n', expect: '^VERSION' },
    }),
  },
  {
    name: 'PostgreSQL',
    isInstalled: POSTGRESQL !== '' && isRoot,
    prepare(folder, port, hastily) {
      const data = join(folder, 'data');
      mkdirSync(data, { mode: 0o700 });
      const [uid = 0, gid = 0] = ['-u', '-g'].map((which) => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' })));
      chownSync(data, uid, gid);
      chownSync(folder, uid, gid);
      execFileSync(join(POSTGRESQL, 'initdb'), ['-D', data, '-A', 'trust', '--no-sync'], { cwd: folder, uid, gid, stdio: 'ignore' });
      const settings = [
        'listen_addresses=127.0.0.1',
        `unix_socket_directories=${folder}`,
        'fsync=off',
        ...(hastily ? ['authentication_timeout=1s'] : []),
      ];
      const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
      return {
        application: { command: join(POSTGRESQL, 'postgres'), args, cwd: folder, user: 'postgres' },
        lifeline: { port, sendHex: '0000000804d2162f', expect: '^[SN]' },
      };
    },
  },
];
