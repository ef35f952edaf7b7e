import { ZVCMS_USERS } from './zvcms.js';

/** What the directory is given of an invented person: the members of the graph's PersonInput. */
interface InventedPerson {
  name: string;
  mobile?: string;
  email?: string;
  idNumber?: string;
  moziId?: string;
  zvcmsUserId?: string;
  alipayUserId?: string;
  alipayOpenId?: string;
}

/**
 * A dozen invented people. The local servers treat some of them in a way of their own (see the tables beside each server),
 * so that the first query shows success and failure: 139…007 is throttled, …008 rejected, …009 not understood, …010
 * answered on the second try, …011 fails at the vendor, and the last one has no mobile number at all. Half of them have
 * gift cards at zvcms: some, none, one of an unknown status, one whose balance cannot be read, one in each status. The same
 * half has Alipay accounts, whose identity checks end differently.
 */
export const INVENTED_PEOPLE: readonly InventedPerson[] = [
  {
    name: '张三',
    mobile: '18209099090',
    email: 'zhangsan@example.com',
    idNumber: '11010519491231002X',
    moziId: 'mozi-1001',
    zvcmsUserId: ZVCMS_USERS.severalCards,
    alipayUserId: '2088000000000001',
  },
  {
    name: '李四',
    mobile: '13900000002',
    email: 'lisi@example.com',
    moziId: 'mozi-1002',
    zvcmsUserId: ZVCMS_USERS.noCards,
    alipayUserId: '2088000000000002',
  },
  {
    name: '王小明',
    mobile: '13900000003',
    email: 'xiaoming@example.com',
    zvcmsUserId: ZVCMS_USERS.unknownStatus,
    alipayUserId: '2088000000000003',
  },
  {
    name: '欧阳娜娜',
    mobile: '13900000004',
    moziId: 'mozi-1004',
    zvcmsUserId: ZVCMS_USERS.unreadableBalance,
    alipayUserId: '2088000000000004',
  },
  {
    name: '陈静',
    mobile: '13900000005',
    email: 'chenjing@example.com',
    zvcmsUserId: ZVCMS_USERS.everyStatus,
    alipayUserId: '2088000000000006',
  },
  {
    name: 'Ann Smith',
    mobile: '13900000006',
    email: 'ann@example.com',
    zvcmsUserId: ZVCMS_USERS.oddSpellings,
    alipayUserId: '2088000000000007',
  },
  { name: '赵限流', mobile: '13900000007' },
  { name: '钱未邀', mobile: '13900000008' },
  { name: '孙难读', mobile: '13900000009' },
  { name: '周再试', mobile: '13900000010' },
  { name: '吴故障', mobile: '13900000011' },
  { name: '郑无号', email: 'wuhao@example.com' },
];
