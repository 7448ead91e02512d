#!/usr/bin/env node
import { launch } from '@andon/protocol/launch';

await launch(import.meta.url, 'andon-resource-host');
