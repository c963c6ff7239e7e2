// Command lines that a shell reads back.

import Testing

@testable import Application

@Suite struct ShellTextTests {
    /// The command that a report shows for repeating a run was joined by spaces: pasted, it did something else.
    @Test(arguments: [
        (["assay", "run", "a.yaml"], "assay run a.yaml"),
        (["run", "my spec.yaml"], "run 'my spec.yaml'"),
        (["--set", "models.m.prompt=say \"it's\""], "--set 'models.m.prompt=say \"it'\\''s\"'"),
        (["--set", "a=$(rm -rf x)"], "--set 'a=$(rm -rf x)'"),
        (["--set", "a=${KEY}", "*"], "--set 'a=${KEY}' '*'"),
        ([""], "''"),
        (["~/x", "a;b", "a&b", "é"], "'~/x' 'a;b' 'a&b' 'é'"),
    ])
    func quotesWhatAShellWouldRead(_ arguments: [String], _ expected: String) {
        #expect(ShellText.command(arguments) == expected)
    }
}
