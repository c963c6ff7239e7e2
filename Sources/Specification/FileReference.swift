// References to files, folders and URLs in a spec.

import Basics
package import Foundation

/// A file, folder or URL named in a spec. A relative path is relative to the file that names it.
package struct FileReference: Hashable, Sendable, Codable {
    /// The unresolved path or URL, as written.
    package var text: EnvironmentText
    /// The folder of the file that contains the reference.
    package var folder: String

    /// - Parameter folder: the folder of the file that contains the reference.
    package init(_ text: EnvironmentText, folder: String = ".") {
        self.text = text
        self.folder = folder
    }

    /// The location with its variables expanded.
    package enum Location: Hashable, Sendable {
        /// An `http` or `https` URL.
        case url(URL)
        /// A path, absolute or relative to the working directory.
        case path(String)
    }

    /// The location after expanding environment variables and a leading `~`.
    package func location(in environment: Environment) throws(MissingEnvironment) -> Location {
        let text = try text.resolved(in: environment)
        if text.hasPrefix("http://") || text.hasPrefix("https://"), let url = URL(string: text) { return .url(url) }
        if text.hasPrefix("~/"), let home = environment["HOME"] { return .path(home + text.dropFirst()) }
        return .path(text.hasPrefix("/") || folder == "." ? text : "\(folder)/\(text)")
    }

    /// The path of a program's input in the program's folder: the path relative to the spec, or the file name where that
    /// path leads elsewhere.
    /// - Parameter local: the resolved path.
    package func nameInFolder(at local: String) -> String {
        let written = text.template
        let parts = written.split(separator: "/").filter { $0 != "." }
        let isBelow = !written.hasPrefix("/") && !written.hasPrefix("~") && !parts.contains("..")
        if isBelow, text.names.isEmpty, !parts.isEmpty { return parts.joined(separator: "/") }
        return local.split(separator: "/").last.map(String.init) ?? local
    }

    /// Whether the reference names a file with secrets, as far as its variables are known.
    func isSecret(in environment: Environment) -> Bool {
        if case .path(let path)? = try? location(in: environment) { SecretFile.isNamed(path) } else { false }
    }
}
