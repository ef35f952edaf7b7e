import { Deadline } from '../transport/deadline.js';
import { type LoadingConnection, type VendorDeps, vendorKey } from '../transport/vendor.js';
import { CampusClient } from './client.js';
import { campusError, VENDOR } from './errors.js';
import { VoucherBatches } from './load.js';
import { examineCampus } from './probe.js';
import { type CampusDetail, type CampusSettings, type VoucherRecord, type VoucherRequest } from './voucher.js';
import { voucherQuery } from './wire.js';

export {
  type CampusActivity,
  type CampusDetail,
  type CampusSettings,
  type VoucherRecord,
  type VoucherRequest,
} from './voucher.js';

/** Loaders live as long as one GraphQL request: equal questions are asked once, and codes are not kept beyond it. */
export interface CampusLoaders {
  /** Rejects with a VendorError; with kind `rejected` for an activity that is not among the settings. */
  voucher: (request: VoucherRequest) => Promise<VoucherRecord>;
}

export interface Campus extends LoadingConnection<CampusLoaders> {
  /** What is told of a person for an activity besides name, mobile and Mozi account; undefined where it is not set up here. */
  sendsFor(activityCode: string): readonly CampusDetail[] | undefined;
}

export const campus = vendorKey<Campus>(VENDOR);

/** Alibaba campus vouchers over the Taobao Open Platform: `alibaba.campus.bs.voucher.get`, in batches of `batchSize`. */
export function createCampus(settings: CampusSettings, deps: VendorDeps): Campus {
  const client = new CampusClient(settings, deps);
  const batches = new VoucherBatches(client, settings);
  const activities = new Map(settings.activities.map((activity) => [activity.activityCode, activity]));

  return {
    sendsFor: (activityCode) => {
      const activity = activities.get(activityCode);
      return activity?.send;
    },
    loaders: (departure, observer) => {
      const deadline = Deadline.source(settings.timeoutMs, departure, observer);
      const asked = new Map<string, Promise<VoucherRecord>>();
      return {
        voucher: (request) => {
          const activity = activities.get(request.activityCode);
          if (!activity)
            return Promise.reject(campusError('rejected', 'has no such activity configured', { maybeSent: false }));
          const query = voucherQuery(request, activity, settings);
          // What would look the same on the wire is the same question.
          const key = JSON.stringify(query);
          let voucher = asked.get(key);
          if (!voucher) {
            voucher = batches.load(query, deadline());
            asked.set(key, voucher);
          }
          return voucher;
        },
      };
    },
    examine: () => examineCampus(client, Deadline.after(settings.timeoutMs)),
    close: () => client.close(),
  };
}
