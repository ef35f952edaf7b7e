/*
 * Local server of Alibaba campus on the Taobao Open Platform (TOP), written from the vendor's documents: the call
 * `alibaba.campus.bs.voucher.get`, TOP's call and signature rules (open.taobao.com, document 101617), its batch protocol and
 * its table of error codes.
 *
 * Checks: the signature (md5, hmac, hmac-sha256; single and batch, parameters in query, form body or both), app_key, sign,
 * a timestamp within ten minutes in GMT+8, format, v, method; that a form is a form and a batch plain text; the members of
 * `param`, and that sponsor, activity and access key belong together; at most 20 calls a batch, with `#PUBLIC#`, another
 * separator and `N` parts. Errors come with status 200 in text/javascript, and in XML unless format=json, as at TOP.
 *
 * Does not model: quotas (a limit is a scene or a person), sessions, `simplify`, `target_app_key`, the pictures behind the
 * addresses, what a code opens. The codes of business failures and of a batch too long are made up: none is documented.
 */
import {
  startSandboxServer,
  type SandboxAnswer,
  type SandboxOptions,
  type SandboxRequest,
  type SandboxServer,
} from './server.js';
import { METHOD, checkCommon, checkMethod, render, written, type GatewayApp } from './campus-gateway.js';
import {
  VoucherService,
  businessFailure,
  type SandboxActivity,
  type ServiceAnswer,
  type ServiceError,
} from './campus-people.js';

export { CAMPUS_BEHAVIOURS, type CampusBehaviour, type SandboxActivity } from './campus-people.js';

const MAX_BATCH = 20;
const BANNED_SECONDS = 3_600;
const BRIEFLY_BANNED_SECONDS = 1;

/** The errors that a scene puts in the place of the whole answer, single or batch. */
const WHOLE_ERRORS = {
  limited: { code: 7, msg: 'App Call Limited', sub_code: 'accesscontrol.limited-by-api-access-count' },
  'isp-error': { code: 15, msg: 'Remote service error', sub_code: 'isp.remote-service-error' },
  'isp-lasting': { code: 15, msg: 'Remote service error', sub_code: 'isp.top-mapping-parse-error' },
  'platform-fault': { code: 10, msg: 'Service Currently Unavailable' },
  'isv-error': { code: 41, msg: 'Invalid arguments', sub_code: 'isv.invalid-parameter' },
  'remote-isv-error': { code: 15, msg: 'Remote service error', sub_code: 'isv.invalid-parameter' },
  'invalid-signature': { code: 25, msg: 'Invalid signature' },
  'no-permission': {
    code: 11,
    msg: 'Insufficient ISV permissions',
    sub_code: 'isv.permission-api-package-not-allowed',
  },
  'text-code': { code: '29' },
} satisfies Record<string, ServiceError>;

/**
 * Faults of this vendor. `banned` and `banned-briefly` start a ban that calls before its end meet as well, the brief one
 * for a second; `limited` has no ban sentence. `batch-refused` refuses batches only, `one-bad-piece` and `one-flaky-piece`
 * spoil the second call of a batch, `wrong-piece-count` drops its last; single calls are fine in all four. `text-code` has
 * a code in text and no other member, `no-code` none at all. `text-result` has "true" for true and no request_id.
 */
export const CAMPUS_SCENES = [
  ...(Object.keys(WHOLE_ERRORS) as (keyof typeof WHOLE_ERRORS)[]),
  'banned',
  'banned-briefly',
  'business-failure',
  'no-code',
  'text-result',
  'control-characters',
  'no-content',
  'batch-refused',
  'one-bad-piece',
  'one-flaky-piece',
  'wrong-piece-count',
] as const;
export type CampusScene = (typeof CAMPUS_SCENES)[number];

export interface CampusSandboxOptions extends SandboxOptions {
  appKey: string;
  appSecret: string;
  activities: readonly SandboxActivity[];
  /** How far the vendor's clock is ahead of this machine's. */
  clockOffsetMs?: number;
}

export interface CampusSandbox extends SandboxServer<CampusScene> {
  /** Calls since the start or the last `forget()`: each call inside a batch counts, as it does against a quota. */
  readonly calls: number;
}

export async function startCampusSandbox(options: CampusSandboxOptions): Promise<CampusSandbox> {
  const vendor = new CampusVendor(options.activities, {
    appKey: options.appKey,
    appSecret: options.appSecret,
    clockOffsetMs: options.clockOffsetMs ?? 0,
  });
  const server = await startSandboxServer<CampusScene>((request, scene) => vendor.answer(request, scene), options);
  return {
    ...server,
    get calls() {
      return vendor.calls;
    },
    forget: () => {
      server.forget();
      vendor.calls = 0;
    },
    play: (scene, times) => {
      vendor.banEndsAt = null;
      server.play(scene, times);
    },
  };
}

class CampusVendor {
  calls = 0;
  /** Milliseconds since the epoch; null before the scene's ban has started. */
  banEndsAt: number | null = null;
  private readonly service: VoucherService;

  constructor(
    activities: readonly SandboxActivity[],
    private readonly app: GatewayApp,
  ) {
    this.service = new VoucherService(activities);
  }

  answer(request: SandboxRequest, scene: CampusScene | null): SandboxAnswer {
    const answer = this.answerByPath(request, scene);
    // Its own clock, as every server writes it into its answers.
    const date = new Date(Date.now() + this.app.clockOffsetMs).toUTCString();
    return { ...answer, headers: { ...answer.headers, date } };
  }

  private answerByPath(request: SandboxRequest, scene: CampusScene | null): SandboxAnswer {
    const isBatch = request.path === '/router/batch';
    if (request.method !== 'POST' || !(isBatch || request.path === '/router/rest')) {
      return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>404</html>' };
    }
    return isBatch ? this.answerBatch(request, scene) : this.answerSingle(request, scene);
  }

  private answerSingle(request: SandboxRequest, scene: CampusScene | null): SandboxAnswer {
    this.calls += 1;
    const form = new URLSearchParams(isForm(request) ? request.body : '');
    const params = new Map([...request.query, ...form]);
    const format = params.get('format');
    const error = checkMethod(params.get('method')) ?? checkCommon(params, '', this.app) ?? this.wholeError(scene);
    const answer = error ? { error } : this.service.answer(params.get('param'));
    return written(this.renderIn(scene, answer, format), format);
  }

  private answerBatch(request: SandboxRequest, scene: CampusScene | null): SandboxAnswer {
    const params = new Map(request.query);
    const format = params.get('format');
    const separator = request.headers['top-api-separator'] ?? '\r\n-S-\r\n';
    const parts = request.body.split(separator);
    const shared = parts[0]?.startsWith('#PUBLIC#') ? new URLSearchParams(parts.shift()?.slice('#PUBLIC#'.length)) : [];
    this.calls += parts.length;
    const error =
      checkCommon(params, request.body, this.app) ?? checkBatch(request, parts) ?? this.wholeError(scene, true);
    if (error) return written(render({ error }, format), format);

    const pieces = parts.map((part, at) => {
      const call = new Map([...params, ...shared, ...new URLSearchParams(part === 'N' ? '' : part)]);
      const spoilt = at === 1 ? pieceError(scene) : null;
      const refusal = spoilt ?? checkMethod(call.get('method'));
      return this.renderIn(scene, refusal ? { error: refusal } : this.service.answer(call.get('param')), format);
    });
    if (scene === 'wrong-piece-count') pieces.pop();
    return written(pieces.join(separator), format);
  }

  /** The error by which the scene takes the place of everything, if it does. */
  private wholeError(scene: CampusScene | null, isBatch = false): ServiceError | null {
    if (scene === 'banned') return this.ban(BANNED_SECONDS);
    if (scene === 'banned-briefly') return this.ban(BRIEFLY_BANNED_SECONDS);
    if (scene === 'batch-refused') return isBatch ? { code: 22, msg: 'Invalid method' } : null;
    if (scene === null || !(scene in WHOLE_ERRORS)) return null;
    return WHOLE_ERRORS[scene as keyof typeof WHOLE_ERRORS];
  }

  private ban(seconds: number): ServiceError | null {
    this.banEndsAt ??= Date.now() + seconds * 1000;
    const leftMs = this.banEndsAt - Date.now();
    if (leftMs <= 0) return null;
    return {
      code: 7,
      msg: 'App Call Limited',
      sub_code: 'accesscontrol.limited-by-api-access-count',
      sub_msg: `This ban will last for ${Math.ceil(leftMs / 1000)} more seconds`,
    };
  }

  private renderIn(scene: CampusScene | null, answer: ServiceAnswer, format: string | undefined): string {
    switch (scene) {
      case 'business-failure':
        return render(businessFailure('403'), format);
      case 'no-code':
        return JSON.stringify({ error_response: { msg: 'Remote service error' } });
      case 'text-result':
        return JSON.stringify({
          [`${METHOD.replaceAll('.', '_')}_response`]: { result: 'true', content: { qr_code: 12345 } },
        });
      case 'no-content':
        return JSON.stringify({ [`${METHOD.replaceAll('.', '_')}_response`]: { result: true, result_code: 200 } });
      case 'control-characters':
        return render(answer, format).replace('"success"', '"suc\u0001cess\n"').replace('{', '{\r\n\u0000');
      default:
        return render(answer, format);
    }
  }
}

function checkBatch(request: SandboxRequest, parts: readonly string[]): ServiceError | null {
  const isText = request.headers['content-type']?.startsWith('text/plain') ?? false;
  if (isText && parts.length <= MAX_BATCH) return null;
  return { code: 41, msg: 'Invalid arguments', sub_code: 'isv.invalid-parameter:batch' };
}

function pieceError(scene: CampusScene | null): ServiceError | null {
  if (scene === 'one-bad-piece') return WHOLE_ERRORS['remote-isv-error'];
  return scene === 'one-flaky-piece' ? WHOLE_ERRORS['isp-error'] : null;
}

function isForm(request: SandboxRequest): boolean {
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
}
