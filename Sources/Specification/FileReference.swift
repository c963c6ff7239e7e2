// A file, a folder or an address as a spec names it.

import Basics
package import Foundation

/// A file, a folder or a URL that a spec names. A relative path is relative to the file that names it.
package struct FileReference: Hashable, Sendable, Codable {
    /// The path or address as written.
    package var text: EnvironmentText
    /// The folder of the file that names it.
    package var folder: String

    package init(_ text: EnvironmentText, folder: String = ".") {
        self.text = text
        self.folder = folder
    }

    package enum Location: Hashable, Sendable {
        /// `http` or `https`.
        case url(URL)
        /// Absolute, or relative to the working folder.
        case path(String)
    }

    /// Where it is, with environment variables and a leading `~` put in.
    package func location(in environment: Environment) throws(MissingEnvironment) -> Location {
        let text = try text.resolved(in: environment)
        if text.hasPrefix("http://") || text.hasPrefix("https://"), let url = URL(string: text) { return .url(url) }
        if text.hasPrefix("~/"), let home = environment["HOME"] { return .path(home + text.dropFirst()) }
        return .path(text.hasPrefix("/") || folder == "." ? text : "\(folder)/\(text)")
    }

    /// Whether it names a file of secrets, as far as its variables are known.
    func isSecret(in environment: Environment) -> Bool {
        if case .path(let path)? = try? location(in: environment) { SecretFile.isNamed(path) } else { false }
    }
}
