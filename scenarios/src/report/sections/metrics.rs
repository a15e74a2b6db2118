//! The statistics that the report knows by name: label, group, and how they are shown.

use super::super::format::Kind;

/// A group of rows in the statistics table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Group {
    Return,
    Risk,
    RiskAdjusted,
    Trades,
    Activity,
    Other,
}

impl Group {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Return => "Return",
            Self::Risk => "Risk",
            Self::RiskAdjusted => "Return for risk",
            Self::Trades => "Trades",
            Self::Activity => "Activity and costs",
            Self::Other => "More",
        }
    }
}

/// How a statistic is shown; `rank` orders the known ones within the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Metric {
    pub(in super::super) label: String,
    pub(in super::super) group: Group,
    pub(in super::super) kind: Kind,
    pub(in super::super) rank: usize,
}

use Group::{Activity, Return, Risk, RiskAdjusted, Trades};
use Kind::{Count, Money, Percent, Ratio};

/// Names without case and punctuation (aliases apart by spaces), label, group, kind.
const KNOWN: [(&str, &str, Group, Kind); 53] = [
    ("initialcash", "Initial cash", Return, Money),
    ("initialequity", "Initial equity", Return, Money),
    ("finalequity", "Final equity", Return, Money),
    ("netprofit totalpnl", "Net profit", Return, Money),
    ("totalreturn", "Total return", Return, Percent),
    ("cagr annualreturn", "CAGR", Return, Percent),
    ("bestday bestperiod", "Best period", Return, Percent),
    ("worstday worstperiod", "Worst period", Return, Percent),
    ("meanreturn", "Mean return", Return, Kind::Plain),
    ("volatility annualvolatility", "Volatility", Risk, Percent),
    ("downsiderisk downsidedeviation", "Downside risk", Risk, Percent),
    ("maxdrawdown", "Max drawdown", Risk, Percent),
    ("averagedrawdown meandrawdown", "Average drawdown", Risk, Percent),
    ("maxdrawdowndurationdays maxdrawdowndays", "Longest drawdown, days", Risk, Kind::Plain),
    ("ulcerindex", "Ulcer index", Risk, Kind::Plain),
    ("valueatrisk var var5 var95", "VaR 5%", Risk, Percent),
    ("conditionalvalueatrisk cvar cvar5 cvar95 expectedshortfall", "CVaR 5%", Risk, Percent),
    ("skew skewness", "Skewness", Risk, Ratio),
    ("kurtosis excesskurtosis", "Kurtosis", Risk, Ratio),
    ("sharpe sharperatio", "Sharpe", RiskAdjusted, Ratio),
    ("sharpestandarderror sharpese", "Sharpe, standard error", RiskAdjusted, Ratio),
    ("sharpelow sharpecilow sharpelower", "Sharpe, lower bound", RiskAdjusted, Ratio),
    ("sharpehigh sharpecihigh sharpeupper", "Sharpe, upper bound", RiskAdjusted, Ratio),
    ("probsharpe probabilisticsharpe psr probabilisticsharperatio", "Prob. Sharpe", RiskAdjusted, Percent),
    ("deflatedsharpe dsr deflatedsharperatio", "Deflated Sharpe", RiskAdjusted, Percent),
    ("sortino sortinoratio", "Sortino", RiskAdjusted, Ratio),
    ("calmar calmarratio", "Calmar", RiskAdjusted, Ratio),
    ("omega omegaratio", "Omega", RiskAdjusted, Ratio),
    ("tailratio", "Tail ratio", RiskAdjusted, Ratio),
    ("stability", "Stability", RiskAdjusted, Ratio),
    ("cagrlow cagrcilow cagrlower", "CAGR, lower bound", RiskAdjusted, Percent),
    ("cagrhigh cagrcihigh cagrupper", "CAGR, upper bound", RiskAdjusted, Percent),
    ("trades tradecount", "Trades", Trades, Count),
    ("winrate", "Win rate", Trades, Percent),
    ("profitfactor", "Profit factor", Trades, Ratio),
    ("payoffratio payoff", "Payoff ratio", Trades, Ratio),
    ("expectancy", "Expectancy", Trades, Kind::Plain),
    ("sqn systemqualitynumber", "SQN", Trades, Ratio),
    ("kelly kellyfraction", "Kelly", Trades, Percent),
    ("averagewin avgwin meanwin", "Average win", Trades, Kind::Plain),
    ("averageloss avgloss meanloss", "Average loss", Trades, Kind::Plain),
    ("besttrade", "Best trade", Trades, Kind::Plain),
    ("worsttrade", "Worst trade", Trades, Kind::Plain),
    ("averagetradebars meanbars", "Average bars held", Trades, Ratio),
    ("maxconsecutivewins", "Longest run of wins", Trades, Count),
    ("maxconsecutivelosses", "Longest run of losses", Trades, Count),
    ("fills fillcount", "Fills", Activity, Count),
    ("orders ordercount", "Orders", Activity, Count),
    ("rejections rejected", "Rejected orders", Activity, Count),
    ("cancelrejects", "Rejected cancels", Activity, Count),
    ("feespaid fees totalfees", "Fees paid", Activity, Money),
    ("turnover", "Turnover", Activity, Ratio),
    ("exposure timeinmarket", "Exposure", Activity, Percent),
];

/// How the statistic `name` is shown. One that is not known keeps its own words, in the last group.
pub(in super::super) fn metric(name: &str) -> Metric {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let found = KNOWN.iter().position(|(names, ..)| names.split(' ').any(|n| n == plain));
    match found {
        Some(rank) => {
            let (_, label, group, kind) = KNOWN[rank];
            Metric { label: label.to_owned(), group, kind, rank }
        }
        None => {
            let mut label = name.replace('_', " ");
            if let Some(first) = label.get(..1).map(str::to_uppercase) {
                label.replace_range(..1, &first);
            }
            Metric { label, group: Group::Other, kind: Kind::Plain, rank: KNOWN.len() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_known_name_agree_and_unknown_ones_stay() {
        for name in ["max_drawdown", "Max Drawdown", "maxDrawdown"] {
            assert_eq!(metric(name).label, "Max drawdown");
        }
        assert_eq!(metric("minimum_track_record").label, "Minimum track record");
        assert_eq!(metric("\u{e9}cart").group, Group::Other);
    }

    #[test]
    fn no_alias_names_two_statistics() {
        let mut names: Vec<&str> = KNOWN.iter().flat_map(|k| k.0.split(' ')).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
