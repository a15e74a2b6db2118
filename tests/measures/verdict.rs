//! The table of verdicts.

use std::process::ExitCode;

/// Counts verdicts as they are printed.
#[derive(Debug, Default)]
pub struct Verdicts {
    passed: usize,
    failed: usize,
    unmeasured: usize,
}

impl Verdicts {
    /// Prints a line: what is measured, what it should be, what it is, and whether that will do.
    pub fn judge(&mut self, what: &str, target: &str, is: &str, good: bool) {
        *if good { &mut self.passed } else { &mut self.failed } += 1;
        println!("{}  {what:<48} {target:>9}  {is:>9}", if good { "PASS" } else { "FAIL" });
    }

    /// Prints what could not be measured, and why.
    pub fn unmeasured(&mut self, what: &str, why: &str) {
        self.unmeasured += 1;
        println!("-     {what}: not measured: {why}");
    }

    /// Prints the sums. The code says whether anything failed.
    pub fn finish(self) -> ExitCode {
        println!("\n{} hold, {} do not, {} not measured", self.passed, self.failed, self.unmeasured);
        if self.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}
