//! What is wrong with a scenario, where, and what would be right.

use std::fmt;

use miette::{LabeledSpan, Severity, SourceCode, SourceSpan};

use super::syntax::Span;

/// One thing that is wrong, or at least odd.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Where; `None` where there is no text, e.g. for a file that does not exist.
    pub span: Option<Span>,
    /// Path of the field, such as `accounts[0].policy.entry`; empty for the whole.
    pub path: String,
    /// The offending value as it was written.
    pub value: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// Whether it is only a warning.
    pub warning: bool,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(span: Span, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            span: Some(span),
            path: path.into(),
            value: None,
            message: message.into(),
            help: None,
            warning: false,
        }
    }

    /// An error without a place.
    pub fn placeless(message: impl Into<String>) -> Self {
        Self {
            span: None,
            path: String::new(),
            value: None,
            message: message.into(),
            help: None,
            warning: false,
        }
    }

    /// With what would be right.
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// With the offending value.
    pub fn with_value(self, value: impl Into<String>) -> Self {
        Self { value: Some(value.into()), ..self }
    }

    /// As a warning.
    pub fn as_warning(self) -> Self {
        Self { warning: true, ..self }
    }

    /// The file, or the flag, that it is about.
    pub fn file(&self) -> Option<&str> {
        self.span.as_ref().map(|s| s.source.name.as_str())
    }

    /// The line, from 1.
    pub fn line(&self) -> Option<usize> {
        self.span.as_ref().map(Span::line)
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> Option<usize> {
        self.span.as_ref().map(Span::column)
    }
}

impl fmt::Display for Diagnostic {
    /// `file:line:column: path: message (help)`, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(span) = &self.span {
            write!(f, "{}:{}:{}: ", span.source.name, span.line(), span.column())?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, " ({help})"))
    }
}

impl std::error::Error for Diagnostic {}

/// A diagnostic as miette shows it: the message without place and help, which it prints itself.
#[derive(Debug)]
struct Shown(Diagnostic);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.path.as_str() {
            "" => f.write_str(&self.0.message),
            path => write!(f, "{path}: {}", self.0.message),
        }
    }
}

impl std::error::Error for Shown {}

impl SourceCode for Span {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let found = self.source.text.read_span(span, before, after)?;
        let named = miette::MietteSpanContents::new_named(
            self.source.name.clone(),
            found.data(),
            *found.span(),
            found.line(),
            found.column(),
            found.line_count(),
        );
        Ok(Box::new(named))
    }
}

impl miette::Diagnostic for Shown {
    fn severity(&self) -> Option<Severity> {
        Some(if self.0.warning { Severity::Warning } else { Severity::Error })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.span.as_ref().map(|span| span as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.0.span.as_ref()?;
        let label = LabeledSpan::new(Some("here".to_owned()), span.start, span.end - span.start);
        Some(Box::new(std::iter::once(label)))
    }
}

/// Everything that is wrong with a scenario: at least one error.
#[derive(Debug)]
pub struct ScenarioError {
    diagnostics: Vec<Diagnostic>,
    shown: Vec<Shown>,
}

impl ScenarioError {
    /// Of these errors, in this order.
    pub fn new(diagnostics: Vec<Diagnostic>) -> Self {
        let shown = diagnostics.iter().cloned().map(Shown).collect();
        Self { diagnostics, shown }
    }

    /// What is wrong, in the order of the text.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// With source snippets, for a terminal; `color` adds escape sequences, `width` is in characters.
    pub fn report(&self, color: bool, width: usize) -> String {
        render(&self.shown, color, width)
    }
}

/// Warnings with source snippets, as [`ScenarioError::report`].
pub fn report(diagnostics: &[Diagnostic], color: bool, width: usize) -> String {
    render(&diagnostics.iter().cloned().map(Shown).collect::<Vec<_>>(), color, width)
}

fn render(shown: &[Shown], color: bool, width: usize) -> String {
    let theme =
        if color { miette::GraphicalTheme::unicode() } else { miette::GraphicalTheme::unicode_nocolor() };
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(width);
    let mut text = String::new();
    for diagnostic in shown {
        if handler.render_report(&mut text, diagnostic).is_err() {
            text.push_str(&diagnostic.0.to_string());
        }
    }
    text
}

impl From<Diagnostic> for ScenarioError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::new(vec![diagnostic])
    }
}

impl From<Box<Diagnostic>> for ScenarioError {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self::new(vec![*diagnostic])
    }
}

impl fmt::Display for ScenarioError {
    /// One line per error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.diagnostics.iter().enumerate() {
            write!(f, "{}{diagnostic}", if i > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioError {}

impl miette::Diagnostic for ScenarioError {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        Some(Box::new(self.shown.iter().map(|d| d as &dyn miette::Diagnostic)))
    }
}
