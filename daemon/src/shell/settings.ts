import { LogLevel, type Settings, type SettingStep } from '@andon/protocol';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings whose new value does not count at once. */
const LATER: Readonly<Record<string, string>> = {
  'daemon.control-group': 'takes effect at the next start of the daemon',
  'daemon.read-only-group': 'takes effect at the next start of the daemon',
  'daemon.orphan-period-ms': 'takes effect for each host when it connects the next time',
};

/** The settings in force. The environment of the daemon wins over `andon.toml`. */
export class LiveSettings {
  readonly #environment: Environment;
  readonly #listeners: ((settings: Settings) => void)[] = [];
  #current: Settings;

  /** `environment`: its ANDON_ORPHAN_PERIOD_MS must be a number if it is there. */
  constructor(settings: Settings, environment: Environment) {
    this.#environment = environment;
    this.#current = this.#withEnvironment(settings);
  }

  get current(): Settings {
    return this.#current;
  }

  /** Called with the settings now, and whenever they become others. */
  follow(listener: (settings: Settings) => void): void {
    this.#listeners.push(listener);
    listener(this.#current);
  }

  /** What `replace` would change. */
  differences(next: Settings): SettingStep[] {
    const before = new Map(flat(this.#current));
    return flat(this.#withEnvironment(next)).flatMap(([setting, after]) => {
      const known = before.get(setting) ?? '';
      return known === after ? [] : [{ setting, before: known, after, effect: LATER[setting] ?? '' }];
    });
  }

  replace(next: Settings): void {
    this.#current = this.#withEnvironment(next);
    for (const listener of this.#listeners) listener(this.#current);
  }

  #withEnvironment(settings: Settings): Settings {
    const { ANDON_ORPHAN_PERIOD_MS: orphanPeriod, ANDON_LOG_LEVEL: logLevel } = this.#environment;
    const level = LogLevel.safeParse(logLevel);
    return {
      ...settings,
      daemon: {
        ...settings.daemon,
        ...(orphanPeriod ? { 'orphan-period-ms': Number(orphanPeriod) } : {}),
        ...(level.success ? { 'log-level': level.data } : {}),
      },
    };
  }
}

/** Every setting as `table.key` with its value as text. */
function flat(settings: Settings): (readonly [setting: string, value: string])[] {
  return Object.entries(settings).flatMap(([table, values]) =>
    Object.entries(values).map(([key, value]) => [`${table}.${key}`, String(value)] as const),
  );
}
