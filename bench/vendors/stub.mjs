// What stub.c does, for machines without a C compiler: several processes on one port, with Node's own HTTP server.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

const SEPARATOR = '\r\n-S-\r\n';
const REFUSED = '{"status":"true","code":"100002","message":"fail","data":[]}';
const NOTHING = { requests: 0, singles: 0, batches: 0, vouchers: 0, cardLists: 0, codes: 0, refused: 0 };

if (cluster.isPrimary) lead();
else serve();

/** Commands come on stdin and go to every worker; what they count is added up. When stdin ends, so does everything. */
function lead() {
  const workers = Array.from({ length: Math.min(4, availableParallelism()) }, () => cluster.fork());
  let listening = 0;
  cluster.on('listening', (_worker, { port }) => {
    listening += 1;
    if (listening === workers.length)
      console.log(JSON.stringify({ port, pids: workers.map((one) => one.process.pid) }));
  });
  const lines = createInterface({ input: process.stdin });
  process.on('SIGINT', () => {});
  lines.on('line', async (line) => {
    const counts = await Promise.all(
      workers.map((worker) => {
        worker.send(line);
        return new Promise((told) => worker.once('message', told));
      }),
    );
    console.log(JSON.stringify(counts.reduce(sum, NOTHING)));
  });
  lines.on('close', () => {
    for (const worker of workers) worker.kill('SIGKILL');
    process.exit(0);
  });
}

function sum(a, b) {
  return Object.fromEntries(Object.keys(NOTHING).map((name) => [name, a[name] + b[name]]));
}

function serve() {
  const counters = { ...NOTHING };
  let latencyMs = 0;
  process.on('SIGINT', () => {});
  process.on('message', (line) => {
    const [, latency] = /^latency (\d+)$/.exec(line) ?? [];
    if (latency !== undefined) latencyMs = Number(latency);
    process.send(counters);
  });
  createServer({ keepAlive: true, keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      counters.requests += 1;
      const body = answer(request.url, Buffer.concat(chunks).toString('utf8'), counters);
      const send = () => {
        const head = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) };
        response.writeHead(200, head).end(body);
      };
      if (latencyMs === 0) send();
      else setTimeout(send, latencyMs);
    });
  }).listen(0, '127.0.0.1');
}

function answer(url, body, counters) {
  if (url.startsWith('/router/rest')) {
    counters.singles += 1;
    return voucher(body, counters);
  }
  if (url.startsWith('/router/batch')) {
    counters.batches += 1;
    const parts = body.split(SEPARATOR).filter((part) => !part.startsWith('#PUBLIC#'));
    return parts.map((part) => voucher(part, counters)).join(SEPARATOR);
  }
  if (url.startsWith('/api/v2')) return cards(body, counters);
  return code(body, counters);
}

function voucher(call, counters) {
  const [, mobile] = /mobile%22%3A%22(\d+)/.exec(call) ?? [];
  if (mobile === undefined) {
    counters.refused += 1;
    return '{"error_response":{"code":41,"msg":"Invalid arguments","sub_code":"isv.invalid-parameter"}}';
  }
  counters.vouchers += 1;
  const number = String(counters.vouchers).padStart(10, '0');
  return `{"alibaba_campus_bs_voucher_get_response":{"result":true,"result_code":"200","content":{"qr_code":"D${mobile}-${number}"},"result_msg":"success","request_id":"00${number}"}}`;
}

function cards(body, counters) {
  const [, person, count] = /"user_id":"7(\d{8})(\d{4})"/.exec(body) ?? [];
  if (person === undefined) {
    counters.refused += 1;
    return REFUSED;
  }
  counters.cardLists += 1;
  const list = Array.from({ length: Number(count) }, (_, card) => {
    const fen = String((Number(person) * 7919 + card * 10473) % 50_000).padStart(3, '0');
    return (
      `{"id":"71${person}${String(card).padStart(8, '0')}","gift_card_id":"610000000000000077","gift_title":"新年卡",` +
      `"cover":"https://cards.example/cover.png","par_value":"${fen.slice(0, -2)}.${fen.slice(-2)}","deduct_amount":"500.00",` +
      '"status":"4","status_desc":"已绑定","bind_status":"1","validType":"3","expired_desc":"2026-02-01 至 2027-01-31",' +
      '"isErp":"0","beginAt":"2026-02-01 00:00:00","endAt":"2027-01-31 23:59:59","createdAt":"2026-01-02 03:04:05"}'
    );
  });
  return `{"status":"true","code":"0","message":"success","data":[${list.join()}]}`;
}

function code(body, counters) {
  const [, last] = /"exchangeCode":"[^"]*?(\d)"/.exec(body) ?? [];
  if (last === undefined) {
    counters.refused += 1;
    return REFUSED;
  }
  counters.codes += 1;
  return `{"status":"true","code":"0","message":"success","data":{"status":"${Number(last) % 2 === 0}"}}`;
}
