import { describe, expect, it } from '@jest/globals';
import {
  ACCOUNT_KINDS,
  accountKeyOf,
  InvalidFieldError,
  normaliseChange,
  normalisePerson,
  parsePerson,
  type PersonData,
} from '../../src/datasources/people/fields.js';

type Field = 'name' | 'mobile' | 'email' | 'idNumber' | 'moziId';

const ACCEPTED: [Field, string, string][] = [
  ['mobile', '13800138000', '13800138000'],
  ['mobile', '+86 138-0013-8000', '13800138000'],
  ['mobile', '8613800138000', '13800138000'],
  ['mobile', '0086 138 0013 8000', '13800138000'],
  ['mobile', '＋８６１９９００１３８０００', '19900138000'],
  // The example of GB 11643 itself, and one with a digit at its end.
  ['idNumber', '11010519491231002x', '11010519491231002X'],
  ['idNumber', '440524198001010013', '440524198001010013'],
  ['email', ' Li.Lei+books@Campus.EXAMPLE ', 'Li.Lei+books@campus.example'],
  ['email', 'a@b-c.example', 'a@b-c.example'],
  ['name', '  李雷 ', '李雷'],
  ['name', 'José', 'José'],
  ['name', "Renée O'Neil-张", "Renée O'Neil-张"],
  ['name', '𠮷'.repeat(64), '𠮷'.repeat(64)],
  // Spelt with a joiner, and with a variation selector.
  ['name', 'می\u200cخواهم', 'می\u200cخواهم'],
  ['name', '葛\u{e0100}城', '葛\u{e0100}城'],
  ['moziId', ' 50-a_B:9/é ', '50-a_B:9/é'],
];

const REFUSED: [Field, string][] = [
  ['mobile', '12800138000'],
  ['mobile', '1380013800'],
  ['mobile', '138001380000'],
  ['mobile', '+1 13800138000'],
  ['mobile', '138OO138000'],
  ['mobile', ''],
  // A wrong check digit; below, right ones on a month 13, a 30 February, a region 0, the old form, a birth to come.
  ['idNumber', '110105194912310021'],
  ['idNumber', '110105194913310021'],
  ['idNumber', '110105194902300020'],
  ['idNumber', '010105194912310026'],
  ['idNumber', '110105491231002'],
  ['idNumber', '110105299912310020'],
  ['email', 'li.lei'],
  ['email', 'li@lei'],
  ['email', '.li@lei.example'],
  ['email', 'li..lei@lei.example'],
  ['email', 'li lei@lei.example'],
  ['email', 'li@-lei.example'],
  ['email', `${'l'.repeat(65)}@lei.example`],
  ['email', `l@${'lei.'.repeat(70)}example`],
  ['email', 'a@b.example\nbcc: c@d.example'],
  ['name', '   '],
  ['name', '雷'.repeat(65)],
  ['name', 'Li\u0000Lei'],
  ['name', 'Li\nLei'],
  ['name', 'Li\u202eLei'],
  ['name', 'Li\ud800Lei'],
  // Nothing of these can be seen.
  ['name', '\u200b'],
  ['name', '\u3164'],
  ['name', '\u115f\u1160'],
  ['name', '\u2800\u2800'],
  ['name', '\u0301\u0302'],
  ['name', '\u200d\ufe0f'],
  ['name', '张\u200b三'],
  ['name', '张\u00ad三'],
  ['email', 'li\u0000@lei.example'],
  ['moziId', '\u3164'],
  ['moziId', 'a\ud800'],
  ['moziId', ''],
  ['moziId', 'a b'],
  ['moziId', 'a\u200bb'],
  ['moziId', 'x'.repeat(65)],
];

describe('fields of a person', () => {
  it.each(ACCEPTED)('keeps %s %j as %j', (field, value, stored) => {
    expect(normaliseChange({ [field]: value })).toEqual({ [field]: stored });
  });

  it.each(REFUSED)('refuses %s %j without quoting it', (field, value) => {
    const refuse = () => normaliseChange({ [field]: value });
    expect(refuse).toThrow(InvalidFieldError);
    expect(refuse).toThrow(expect.objectContaining({ field }));
    if (value.trim().length > 2) expect(refuse).not.toThrow(value);
  });

  it('refuses every id number with one wrong digit', () => {
    const id = '11010519491231002X';
    const wrong = Array.from({ length: 17 }, (_, place) => {
      const digit = (Number(id[place]) + 1) % 10;
      return `${id.slice(0, place)}${digit}${id.slice(place + 1)}`;
    });
    for (const each of wrong) expect(() => normaliseChange({ idNumber: each })).toThrow(InvalidFieldError);
  });

  it('tells every problem at once', () => {
    const problems = { problems: [{ field: 'name' }, { field: 'mobile' }, { field: 'email' }] };
    expect(() => normalisePerson({ name: '', mobile: '1', email: '@', moziId: 'ok' })).toThrow(
      expect.objectContaining({ problems: problems.problems.map((each) => expect.objectContaining(each)) }),
    );
  });

  it('knows unchanged from removed, and does not let the name be removed', () => {
    expect(normaliseChange({ mobile: null, email: undefined })).toEqual({ mobile: null });
    expect(() => normaliseChange({ name: null })).toThrow(InvalidFieldError);
    expect(normalisePerson({ name: 'Li' })).toEqual({
      ...Object.fromEntries(ACCOUNT_KINDS.map((kind) => [kind, null])),
      name: 'Li',
      mobile: null,
      email: null,
      idNumber: null,
      moziId: null,
      zvcmsUserId: null,
      alipayUserId: null,
      alipayOpenId: null,
    });
  });

  it('reads people of days when an account kind did not exist', () => {
    const older: Partial<PersonData> = normalisePerson({ name: 'Li', moziId: 'm' });
    delete older.alipayOpenId;
    expect(parsePerson(JSON.stringify(older))).toEqual({ ...older, alipayOpenId: null });
    expect(parsePerson(JSON.stringify({ ...older, faxId: '1', zvcmsUserId: null }))).toEqual({
      ...older,
      alipayOpenId: null,
    });
  });

  it('compares e-mail addresses without their case, and other accounts with it', () => {
    expect(accountKeyOf('email', 'Li.Lei@Campus.example')).toBe('li.lei@campus.example');
    expect(accountKeyOf('moziId', 'aB')).toBe('aB');
  });
});
