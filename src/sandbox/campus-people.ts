import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** One activity that the sandbox's vendor knows, with the grant that opens it. */
export interface SandboxActivity {
  activityCode: string;
  sponsorCode: string;
  accessKey: string;
}

/**
 * How the vendor treats an invented person, by mobile; everyone who is not listed gets what they ask for.
 * - `limited`: `isp.call-limited` **without** a ban sentence. A ban holds for the whole app, so one in the answer about one
 *   person would rightly keep a client from asking about anybody: the ban is a scene (`banned`), never a person.
 * - `not-invited`: a business failure, `result:false` inside a good envelope.
 * - `unreadable`: `isv.invalid-parameter`, as for a member that the vendor cannot read.
 * - `flaky`: every odd call fails with `isp.remote-service-timeout`, every even one is answered: a client that asks again
 *   shows the voucher, one that does not shows VENDOR_UNAVAILABLE.
 * - `broken`: `isp.null-pointer-exception` on every call, which the vendor's document says not to repeat.
 */
export const CAMPUS_BEHAVIOURS: Readonly<Record<string, CampusBehaviour>> = {
  '13900000007': 'limited',
  '13900000008': 'not-invited',
  '13900000009': 'unreadable',
  '13900000010': 'flaky',
  '13900000011': 'broken',
};

export type CampusBehaviour = 'limited' | 'not-invited' | 'unreadable' | 'flaky' | 'broken';

/** What the vendor's service answers below the gateway: the members of the response, or those of an error. */
export type ServiceAnswer = { response: Record<string, unknown> } | { error: ServiceError };

export interface ServiceError {
  code: number | string;
  msg?: string;
  sub_code?: string;
  sub_msg?: string;
}

const text = z.string().refine((value) => value.trim() !== '');

/** `param`, in the types of the vendor's document. A member that the document does not know is a mistake of the client's. */
const VoucherParam = z.strictObject({
  voucher_type: text,
  qr_code_type_enum: text,
  mobile: text,
  user_name: text,
  sponsor_code: text,
  activity_code: text,
  access_key: text,
  is_generate_pic: z.boolean().optional(),
  idno: text.optional(),
  mozi_id: text.optional(),
  email: text.optional(),
  valid_time: z.number().int().positive().optional(),
});
type VoucherParam = z.infer<typeof VoucherParam>;

/** The vendor's voucher service: checks `param` and issues codes. */
export class VoucherService {
  private readonly flakyCalls = new Map<string, number>();

  constructor(private readonly activities: readonly SandboxActivity[]) {}

  answer(param: string | undefined): ServiceAnswer {
    if (!param) return invalid(40, 'Missing required arguments:param', 'isv.missing-parameter:param');
    const query = VoucherParam.safeParse(readJson(param));
    if (query.success) return this.issue(query.data);
    return invalid(
      41,
      'Invalid arguments:param',
      `isv.invalid-parameter:${query.error.issues[0]?.path.join('.') ?? ''}`,
    );
  }

  private issue(query: VoucherParam): ServiceAnswer {
    const activity = this.activities.find(({ activityCode }) => activityCode === query.activity_code);
    if (!activity) return businessFailure('ACTIVITY_NOT_FOUND');
    if (activity.sponsorCode !== query.sponsor_code || activity.accessKey !== query.access_key) {
      return businessFailure('ACCESS_DENIED');
    }
    const behaviour = CAMPUS_BEHAVIOURS[query.mobile];
    switch (behaviour) {
      case 'limited':
        return remote('isp.call-limited', 7);
      case 'not-invited':
        return businessFailure('USER_NOT_INVITED');
      case 'unreadable':
        return remote('isv.invalid-parameter');
      case 'broken':
        return remote('isp.null-pointer-exception');
      case 'flaky': {
        const calls = (this.flakyCalls.get(query.mobile) ?? 0) + 1;
        this.flakyCalls.set(query.mobile, calls);
        return calls % 2 === 1 ? remote('isp.remote-service-timeout') : issued(query);
      }
      default:
        return issued(query);
    }
  }
}

/** Any voucher type but QR_CODE is taken for the face value, and any code type but DYNAMIC for the static one: neither spelling is documented. */
function issued(query: VoucherParam): ServiceAnswer {
  const person = createHash('sha256').update(`${query.activity_code}|${query.mobile}`).digest('hex').slice(0, 24);
  if (query.voucher_type !== 'QR_CODE') {
    return success({ face_http_url: `https://campus.example.com/face/${person}.jpg` });
  }
  const code = query.qr_code_type_enum === 'DYNAMIC' ? `D${randomBytes(12).toString('hex')}` : `S${person}`;
  return success({
    qr_code: code,
    ...(query.is_generate_pic === true ? { qr_code_http_url: `https://campus.example.com/qr/${code}.png` } : {}),
  });
}

function readJson(param: string): unknown {
  try {
    return JSON.parse(param);
  } catch {
    return null;
  }
}

function success(content: Record<string, unknown>): ServiceAnswer {
  return { response: { result: true, result_code: '200', content, result_msg: 'success' } };
}

/** Of the codes only "200" is documented; these are made up. */
export function businessFailure(code: string): ServiceAnswer {
  return { response: { result: false, result_code: code, result_msg: 'made up by the sandbox' } };
}

function invalid(code: number, msg: string, subCode: string): ServiceAnswer {
  return { error: { code, msg, sub_code: subCode, sub_msg: msg } };
}

function remote(subCode: string, code = 15): ServiceAnswer {
  const msg = code === 7 ? 'App Call Limited' : 'Remote service error';
  return { error: { code, msg, sub_code: subCode, sub_msg: 'made up by the sandbox' } };
}
