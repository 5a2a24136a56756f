// Serves the preview until it is ended: node serve.mjs SETTINGS-AS-JSON.
import { listen } from './server.mjs';

const settings = JSON.parse(process.argv[2]);
try {
  await listen(settings);
  console.log(`listening on port ${settings.port}`);
} catch (error) {
  console.error(error.code === 'EADDRINUSE' ? `port ${settings.port} is taken` : error.message);
  process.exit(1);
}
