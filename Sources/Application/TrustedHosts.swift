// The hosts that the user trusts with keys and tokens: stored in the user's configuration, never in a project.

import Basics
import Foundation
import Platform
package import ProviderKit

/// The user's list of trusted hosts. A project can neither extend it nor name another file: both depend only on the
/// process's own environment.
package struct TrustedHosts {
    /// `$XDG_CONFIG_HOME/assay/trusted-hosts`, by default in `~/.config`: one `HOST` or `HOST:PORT` per line.
    package let path: String
    private let folder: UserFolder
    private let named: String

    /// Uses the list and the hosts of `ASSAY_TRUST` from the process's environment.
    package init(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        folder = try UserFolder(environment: environment)
        path = folder.path + "/trusted-hosts"
        named = environment["ASSAY_TRUST"] ?? ""
    }

    /// Parses a host as users write it.
    /// - Throws: `Refusal` for a text that is not `HOST` or `HOST:PORT`.
    package static func host(_ text: String) throws -> TrustedHost {
        do throws(BadServerAddress) { return try TrustedHost(text) } catch {
            throw Refusal("'\(text)' is not HOST or HOST:PORT: \(error.explanation)", code: .invalid)
        }
    }

    /// The hosts of the list and of `ASSAY_TRUST`.
    /// - Throws: `TrustListError` if the list cannot be read; an unreadable list is never treated as empty.
    func trust() throws -> HostTrust {
        let variable = try named.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }.map { text in
                do throws(BadServerAddress) { return try TrustedHost(text) } catch { throw TrustListError.variable(text, error) }
            }
        return HostTrust(Set(try list() + variable))
    }

    /// The hosts of the list, in its order.
    package func list() throws -> [TrustedHost] {
        let data: Data
        do {
            data = try LocalFileSystem().read(path)
        } catch FileError.missing {
            return []
        }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return try lines.enumerated().compactMap { index, line -> TrustedHost? in
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.isEmpty || text.hasPrefix("#") { return nil }
            do throws(BadServerAddress) { return try TrustedHost(text) } catch {
                throw TrustListError.line(index + 1, of: path, error)
            }
        }
    }

    /// Adds a host unless it is already in the list.
    package func add(_ host: TrustedHost) throws {
        let known = try list()
        if !known.contains(host) { try write(known + [host]) }
    }

    /// - Returns: whether it was in the list.
    package func remove(_ host: TrustedHost) throws -> Bool {
        let known = try list()
        guard known.contains(host) else { return false }
        try write(known.filter { $0 != host })
        return true
    }

    private func write(_ hosts: [TrustedHost]) throws {
        try folder.make()
        let text = "# Hosts that may receive keys, tokens and data ('assay trust').\n" + hosts.map { "\($0)\n" }.joined()
        try LocalFileSystem().replace(path, with: Data(text.utf8), durable: true)
    }
}

/// The list of trusted hosts cannot be read.
enum TrustListError: Error, CustomStringConvertible {
    case line(Int, of: String, BadServerAddress)
    case variable(String, BadServerAddress)

    var description: String {
        switch self {
        case .line(let number, let path, let error):
            "\(path):\(number): not HOST or HOST:PORT: \(error.explanation)"
        case .variable(let text, let error): "ASSAY_TRUST: '\(text)' is not HOST or HOST:PORT: \(error.explanation)"
        }
    }
}
