//! Writes realistic output folders: a seeded price walk, moving-average crossovers that trade it, and the tables.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{
        ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
        TimestampNanosecondArray,
    },
    datatypes::Int32Type,
};
use parquet::arrow::ArrowWriter;

/// 2022-11-14 00:00 UTC, so that a quarter spans a turn of the year.
pub(super) const START: i64 = 1_668_384_000_000_000_000;
const MINUTE: i64 = 60_000_000_000;

/// What to write.
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) status: &'static str,
    pub(super) bars: usize,
    pub(super) bar_minutes: i64,
    pub(super) accounts: usize,
    pub(super) seed: u64,
    /// Timestamps and dictionaries, or plain i64 and Utf8.
    pub(super) typed: bool,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            name: "btc_eth_basic",
            status: "complete",
            bars: 90 * 1440,
            bar_minutes: 1,
            accounts: 1,
            seed: 7,
            typed: true,
        }
    }
}

struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

pub(super) fn write_table(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

pub(super) fn numbers(values: Vec<f64>) -> ArrayRef {
    Arc::new(Float64Array::from(values))
}

pub(super) fn words(values: &[String], typed: bool) -> ArrayRef {
    let values = values.iter().map(String::as_str);
    if typed {
        Arc::new(values.collect::<DictionaryArray<Int32Type>>())
    } else {
        Arc::new(values.map(Some).collect::<StringArray>())
    }
}

pub(super) fn times(values: Vec<i64>, typed: bool) -> ArrayRef {
    if typed {
        Arc::new(TimestampNanosecondArray::from(values).with_timezone("UTC"))
    } else {
        Arc::new(Int64Array::from(values))
    }
}

pub(super) struct Bars {
    pub(super) symbol: &'static str,
    pub(super) close: Vec<f64>,
}

/// Words, times and numbers.
type TradeColumns = ([Vec<String>; 4], [Vec<i64>; 2], [Vec<f64>; 9]);

#[derive(Default)]
struct Tables {
    equity: (Vec<i64>, Vec<String>, [Vec<f64>; 4]),
    fills: (Vec<i64>, [Vec<String>; 3], [Vec<f64>; 3]),
    trades: TradeColumns,
}

impl Sample {
    pub(super) fn write(&self, dir: &Path) -> PathBuf {
        std::fs::create_dir_all(dir).unwrap();
        let markets = self.markets();
        let mut tables = Tables::default();
        let accounts: Vec<String> =
            (0..self.accounts).map(|i| self.run_account(i, &markets, &mut tables)).collect();
        self.write_tables(dir, &markets, tables);
        std::fs::write(dir.join("summary.json"), self.summary(&accounts)).unwrap();
        std::fs::write(dir.join("run.ron"), self.scenario()).unwrap();
        dir.to_path_buf()
    }

    pub(super) fn time(&self, bar: usize) -> i64 {
        START + (bar as i64 + 1) * self.bar_minutes * MINUTE
    }

    pub(super) fn markets(&self) -> Vec<Bars> {
        let mut random = Random(self.seed);
        let (mut a, mut b, mut volatility, mut drift) = (16_500.0f64, 1_220.0f64, 1.0f64, 0.0f64);
        let unit = 0.00055 * (self.bar_minutes as f64).sqrt();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..self.bars {
            volatility = (volatility + 0.002 * random.normal() - 0.0008 * (volatility - 1.0)).clamp(0.3, 3.0);
            drift = drift * 0.9997 + 0.0006 * random.normal();
            let (x, y) = (random.normal(), random.normal());
            a *= 1.0 + unit * (volatility * x + drift + 0.006);
            b *= 1.0 + 1.25 * unit * (volatility * (0.8 * x + 0.6 * y) + 0.9 * drift);
            first.push(a);
            second.push(b);
        }
        vec![Bars { symbol: "BTCUSDT", close: first }, Bars { symbol: "ETHUSDT", close: second }]
    }

    /// Trades a crossover of two means on the first two markets; gives the account's summary.
    fn run_account(&self, index: usize, markets: &[Bars], tables: &mut Tables) -> String {
        let name = if index == 0 { "base".to_owned() } else { format!("variant-{index:03}") };
        let slow = (460 + 291 * (index * 7 % 23)) / if self.bar_minutes > 1 { 20 } else { 1 };
        let (mut cash, mut peak, initial) = (100_000.0f64, 100_000.0f64, 100_000.0);
        let mut held: Vec<Option<(usize, f64, f64)>> = vec![None; markets.len()];
        let mut means = vec![(0.0, 0.0); markets.len()];
        let (mut fees, mut count, mut wins, mut deepest) = (0.0, 0, 0, 0.0f64);
        for bar in 0..self.bars {
            let ts = self.time(bar);
            for (m, market) in markets.iter().enumerate() {
                let close = market.close[bar];
                let mean = &mut means[m];
                if bar == 0 {
                    *mean = (close, close);
                }
                mean.0 += (close - mean.0) * 2.0 / (slow as f64 / 4.0);
                mean.1 += (close - mean.1) * 2.0 / slow as f64;
                let long = mean.0 > mean.1 * 1.0008;
                let flat = mean.0 < mean.1;
                match held[m] {
                    None if long && bar > slow => {
                        let quantity = cash * 0.45 / close;
                        let fee = quantity * close * 0.0005;
                        cash -= quantity * close + fee;
                        fees += fee;
                        held[m] = Some((bar, quantity, close));
                        tables.fill(ts, &name, market.symbol, "buy", [quantity, close, fee]);
                    }
                    Some((entry, quantity, price)) if flat => {
                        let fee = quantity * close * 0.0005;
                        cash += quantity * close - fee;
                        fees += fee;
                        held[m] = None;
                        tables.fill(ts, &name, market.symbol, "sell", [quantity, close, fee]);
                        let pnl = quantity * (close - price) - fee * 2.0;
                        count += 1;
                        wins += i32::from(pnl > 0.0);
                        let range = &market.close[entry..=bar];
                        let low = range.iter().copied().fold(f64::MAX, f64::min);
                        let high = range.iter().copied().fold(0.0, f64::max);
                        let row = [
                            quantity,
                            price,
                            close,
                            pnl,
                            fee * 2.0,
                            pnl / (quantity * price),
                            low / price - 1.0,
                            high / price - 1.0,
                            (bar - entry) as f64,
                        ];
                        tables.trade(&name, market.symbol, [self.time(entry), ts], row);
                    }
                    _ => {}
                }
            }
            let position: f64 =
                held.iter().zip(markets).filter_map(|(h, m)| h.map(|(_, q, _)| q * m.close[bar])).sum();
            let equity = cash + position;
            peak = peak.max(equity);
            deepest = deepest.min(equity / peak - 1.0);
            tables.equity.0.push(ts);
            tables.equity.1.push(name.clone());
            let row = [equity, cash, equity / peak - 1.0, position / equity];
            tables.equity.2.iter_mut().zip(row).for_each(|(column, v)| column.push(v));
        }
        let last = tables.equity.2[0].last().copied().unwrap_or(initial);
        let total = last / initial - 1.0;
        let rate =
            if count > 0 { (f64::from(wins) / f64::from(count)).to_string() } else { "null".to_owned() };
        format!(
            r#"{{"name":"{name}","initial_cash":{initial},"final_equity":{last},"total_return":{total},"cagr":{},
            "volatility":0.412,"sharpe":{},"sortino":2.31,"calmar":1.9,"max_drawdown":{deepest},"trades":{count},
            "fills":{},"win_rate":{rate},"profit_factor":1.31,"expectancy":{},"fees_paid":{fees},"turnover":38.2,
            "exposure":0.47,"statistics":{{"prob_sharpe":0.913,"deflated_sharpe":null,"omega":1.08,"ulcer_index":0.051,
            "value_at_risk":-0.0312,"conditional_value_at_risk":-0.0467,"tail_ratio":1.12,"sqn":1.4,"kelly":0.12,
            "payoff_ratio":1.9,"skewness":-0.21,"kurtosis":5.2,"sharpe_standard_error":0.081,
            "minimum_track_record_days":412.5}}}}"#,
            total * 4.05,
            total * 6.0,
            count * 2,
            if count > 0 { (last - initial) / f64::from(count) } else { 0.0 }
        )
    }

    fn write_tables(&self, dir: &Path, markets: &[Bars], tables: Tables) {
        let (word, time) = (|v: &[String]| words(v, self.typed), |v: Vec<i64>| times(v, self.typed));
        let (ts, account, [equity, cash, drawdown, exposure]) = tables.equity;
        let columns = vec![
            ("ts", time(ts)),
            ("account", word(&account)),
            ("equity", numbers(equity)),
            ("cash", numbers(cash)),
            ("drawdown", numbers(drawdown)),
            ("exposure", numbers(exposure)),
        ];
        write_table(&dir.join("equity.parquet"), columns);
        let (ts, [account, symbol, side], [quantity, price, fee]) = tables.fills;
        let columns = vec![
            ("ts", time(ts)),
            ("account", word(&account)),
            ("symbol", word(&symbol)),
            ("side", word(&side)),
            ("quantity", numbers(quantity)),
            ("price", numbers(price)),
            ("fee", numbers(fee)),
        ];
        write_table(&dir.join("fills.parquet"), columns);
        let ([account, symbol, side, reason], [entry, exit], values) = tables.trades;
        let names = ["quantity", "entry_price", "exit_price", "pnl", "fees", "return", "mae", "mfe", "bars"];
        let mut columns = vec![
            ("account", word(&account)),
            ("symbol", word(&symbol)),
            ("side", word(&side)),
            ("entry_ts", time(entry)),
            ("exit_ts", time(exit)),
            ("reason", word(&reason)),
        ];
        columns.extend(names.into_iter().zip(values.into_iter().map(numbers)));
        write_table(&dir.join("trades.parquet"), columns);
        self.write_market_tables(dir, markets);
    }

    fn write_market_tables(&self, dir: &Path, markets: &[Bars]) {
        let (word, time) = (|v: &[String]| words(v, self.typed), |v: Vec<i64>| times(v, self.typed));
        let all = || (0..self.bars).flat_map(|bar| markets.iter().map(move |m| (bar, m)));
        let ts: Vec<i64> = all().map(|(bar, _)| self.time(bar)).collect();
        let symbol: Vec<String> = all().map(|(_, m)| m.symbol.to_owned()).collect();
        let close = |shift: f64| numbers(all().map(|(bar, m)| m.close[bar] * (1.0 + shift)).collect());
        let columns = vec![
            ("ts", time(ts.clone())),
            ("symbol", word(&symbol)),
            ("open", close(0.0)),
            ("high", close(0.0008)),
            ("low", close(-0.0007)),
            ("close", close(0.0)),
            ("volume", close(0.0)),
        ];
        write_table(&dir.join("prices.parquet"), columns);
        let warm = all().map(|(bar, _)| (bar > 60).then_some(0.4 + (bar as f64 / 5000.0).sin() * 0.2));
        let columns = vec![
            ("ts", time(ts.clone())),
            ("symbol", word(&symbol)),
            ("market_analysis.realized_volatility", Arc::new(warm.collect::<Float64Array>()) as ArrayRef),
        ];
        write_table(&dir.join("features.parquet"), columns);
        let action = |bar: usize| ["hold", "hold", "buy", "hold", "sell"][bar / 400 % 5];
        let actions: Vec<String> = all().map(|(bar, _)| action(bar).to_owned()).collect();
        let reasons: Vec<String> = all()
            .map(|(bar, _)| {
                if action(bar) == "hold" { "confidence below entry" } else { "signal" }.to_owned()
            })
            .collect();
        let columns = vec![
            ("ts", time(ts)),
            ("symbol", word(&symbol)),
            ("action", word(&actions)),
            ("confidence", numbers(all().map(|(bar, _)| 0.5 + (bar % 17) as f64 / 50.0).collect())),
            ("reason", word(&reasons)),
        ];
        write_table(&dir.join("decisions.parquet"), columns);
    }

    fn summary(&self, accounts: &[String]) -> String {
        let end = START + self.bars as i64 * self.bar_minutes * MINUTE;
        format!(
            r#"{{"name":"{}","status":"{}","digest":"5f1d7a90c3be4482","seed":{},"from":{START},"to":{end},
            "steps":{},"events":{},"data":{{"rows":{},"defects":{{"gap":1,"zero_volume":72,"duplicate":0}}}},
            "engine_version":"0.1.0","conventions":"risk-free rate 0, ddof 1, N = 365 (markets open on weekends), daily closes UTC",
            "accounts":[{}],"modules":[{{"name":"market_analysis","enabled":true,"systems":4,"ns_per_step":412.5,
            "memory_bytes":184320}},{{"name":"correlation","enabled":false,"systems":2,"ns_per_step":101.25,
            "memory_bytes":65536}}],"timing":{{"setup_ms":38.2,"run_ms":412.7,"steps_per_s":314000.0,
            "events_per_s":628000.0,"peak_memory_bytes":48234496}}}}"#,
            self.name,
            self.status,
            self.seed,
            self.bars,
            self.bars * 2,
            self.bars * 2,
            accounts.join(",")
        )
    }

    fn scenario(&self) -> String {
        format!(
            "Scenario(\n    name: \"{}\",\n    seed: {},\n    clock: Bar(\"1m\"),\n    venues: [(name: \"binance\", fees: \
             (maker_bps: 2.0, taker_bps: 5.0), latency: Constant(ms: 20), fills: NextOpen)],\n)\n",
            self.name, self.seed
        )
    }
}

impl Tables {
    fn fill(&mut self, ts: i64, account: &str, symbol: &str, side: &str, values: [f64; 3]) {
        self.fills.0.push(ts);
        self.fills
            .1
            .iter_mut()
            .zip([account, symbol, side])
            .for_each(|(column, v)| column.push(v.to_owned()));
        self.fills.2.iter_mut().zip(values).for_each(|(column, v)| column.push(v));
    }

    fn trade(&mut self, account: &str, symbol: &str, span: [i64; 2], values: [f64; 9]) {
        let words = [account, symbol, "long", "exit signal"];
        self.trades.0.iter_mut().zip(words).for_each(|(column, v)| column.push(v.to_owned()));
        self.trades.1.iter_mut().zip(span).for_each(|(column, v)| column.push(v));
        self.trades.2.iter_mut().zip(values).for_each(|(column, v)| column.push(v));
    }
}
