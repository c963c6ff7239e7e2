// How a model is called without Assay.

/// A request to a model as a curl command and as a Python program, for people. Neither holds a secret or a resolved variable.
package struct ModelCall: Hashable, Sendable {
    /// A command for a POSIX shell that sends `image.jpg`.
    package var curl: String
    /// The same request with the provider's own package.
    package var python: String

    /// Both texts send the same request.
    package init(curl: String, python: String) {
        self.curl = curl
        self.python = python
    }
}
