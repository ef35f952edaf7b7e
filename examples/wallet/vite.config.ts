import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The app asks its own origin, and this passes the question on: the server needs no CORS settings for it. */
const proxy = { '/graphql': { target: process.env['WALLET_SERVER'] ?? 'http://127.0.0.1:4000', changeOrigin: true } };

export default defineConfig({
  plugins: [react()],
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
});
