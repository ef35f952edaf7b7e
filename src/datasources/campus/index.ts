import DataLoader from 'dataloader';
import { Deadline } from '../transport/deadline.js';
import { type LoadingConnection, type VendorDeps, vendorKey } from '../transport/vendor.js';
import { CampusClient } from './client.js';
import { campusError, VENDOR } from './errors.js';
import { VoucherLoad } from './load.js';
import { type CampusDetail, type CampusSettings, type VoucherRecord, type VoucherRequest } from './voucher.js';
import { voucherQuery, type VoucherQuery } from './wire.js';

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
  const load = new VoucherLoad(client);
  const activities = new Map(settings.activities.map((activity) => [activity.activityCode, activity]));

  return {
    sendsFor: (activityCode) => {
      const activity = activities.get(activityCode);
      return activity?.send;
    },
    loaders: (signal) => {
      const vouchers = new DataLoader<VoucherQuery, VoucherRecord, string>(
        (queries) => load.chunk(queries, Deadline.after(settings.timeoutMs, signal)),
        // What would look the same on the wire is the same question.
        { maxBatchSize: settings.batchSize, cacheKeyFn: (query) => JSON.stringify(query) },
      );
      return {
        voucher: async (request) => {
          const activity = activities.get(request.activityCode);
          if (!activity) throw campusError('rejected', 'has no such activity configured', { maybeSent: false });
          return vouchers.load(voucherQuery(request, activity, settings));
        },
      };
    },
    close: () => client.close(),
  };
}
