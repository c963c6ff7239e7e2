// A request to a hosted model without this program.

/// A request to a hosted model as a shell command and a Python program. Both read the key from the environment; no secret and
/// no resolved variable is in either.
package struct HostedCall: Sendable {
    /// A command for a POSIX shell.
    package var curl: String
    /// A program that needs the provider's own package.
    package var python: String

    /// - Parameter python: names the packages that it needs in its imports.
    package init(curl: String, python: String) {
        self.curl = curl
        self.python = python
    }
}
