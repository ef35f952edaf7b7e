import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buildSchema, graphql } from 'graphql';

/** The company's own records. None of these people is in Kaquan's directory; names and numbers are invented. */
export const EMPLOYEES = [
  {
    id: 'emp-1',
    displayName: '小张',
    department: '前台',
    legalName: '张三',
    phone: '18209099090',
    mozi: 'mozi-1001',
    idCard: '11010519491231002X',
    mail: 'zhangsan@company.example',
    cards: '700000000000000001',
  },
  {
    id: 'emp-2',
    displayName: '小李',
    department: '食堂',
    legalName: '李四',
    phone: '13900000002',
    mozi: null,
    idCard: null,
    mail: null,
    cards: null,
  },
  {
    id: 'emp-3',
    displayName: '小赵',
    department: '机房',
    legalName: '赵限流',
    phone: null,
    mozi: null,
    idCard: null,
    mail: null,
    cards: '700000000000000005',
  },
];
type Employee = (typeof EMPLOYEES)[number];

/** What every federation 2 subgraph serves besides its own schema. */
const SUBGRAPH_SPECIFICATION = `
  scalar _Any
  union _Entity = Person
  type _Service { sdl: String! }
  extend type Query { _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }
`;

/** From the company's records to the fields by which Kaquan's subgraphs are told of a person. */
const toPerson = ({ legalName, phone, mozi, idCard, mail, cards, ...shown }: Employee) => ({
  __typename: 'Person',
  ...shown,
  campusName: legalName,
  campusMobile: phone,
  campusMoziId: mozi,
  campusIdNumber: idCard,
  campusEmail: mail,
  zvcmsUserId: cards,
});

export interface PeopleSubgraph {
  name: string;
  sdl: string;
  url: string;
  close(): Promise<void>;
}

/** A subgraph that knows nothing of Kaquan: it owns `Person`. A real one would check who asks, as its own fields need it. */
export async function startPeople(routerSecret: string): Promise<PeopleSubgraph> {
  const sdl = readFileSync(new URL('people.graphql', import.meta.url), 'utf8');
  // The directives are for the composition; a plain GraphQL schema does not know them.
  const schema = buildSchema(sdl + SUBGRAPH_SPECIFICATION, { assumeValidSDL: true });
  const rootValue = {
    employees: EMPLOYEES.map(toPerson),
    _service: { sdl },
    _entities: ({ representations }: { representations: { id: string }[] }) =>
      representations.map(({ id }) => {
        const found = EMPLOYEES.find((one) => one.id === id);
        return found ? toPerson(found) : null;
      }),
  };
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    // The accounts that only the router may see are in clear here.
    if (request.headers['x-router-secret'] !== routerSecret)
      return { errors: [{ message: 'Only the router may ask' }] };
    const { query, variables } = JSON.parse(await textOf(request)) as {
      query: string;
      variables?: Record<string, unknown>;
    };
    return graphql({ schema, rootValue, source: query, ...(variables && { variableValues: variables }) });
  };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    answer(request).then(
      (result) => response.end(JSON.stringify(result)),
      () => response.writeHead(400).end('{"errors":[{"message":"The request could not be read"}]}'),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    name: 'company',
    sdl,
    url: `http://127.0.0.1:${port}/graphql`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
