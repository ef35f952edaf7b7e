/** Whether requests may be sent here. */
export class Readiness {
  stopping = false;

  /** @param ping rejects where the database cannot be reached */
  constructor(private readonly ping: () => Promise<void>) {}

  async check(): Promise<{ code: number; status: string }> {
    if (this.stopping) return { code: 503, status: 'stopping' };
    try {
      await this.ping();
      return { code: 200, status: 'ok' };
    } catch {
      return { code: 503, status: 'the database cannot be used' };
    }
  }
}
