// Finds the file that a table means by a name that differs from the file's own.

import Basics
import Foundation

/// The names in the folders of a table's images. Each folder is listed once, at the first name that it does not have.
struct NeighbouringNames {
    /// The names of a folder by what makes them comparable.
    private struct Listing {
        /// By canonical equivalence, which is that of `String`.
        var byForm: [String: [String]] = [:]
        /// By lower case and without an extension.
        var byStem: [String: [String]] = [:]
    }

    private var listings: [String: Listing] = [:]

    private mutating func listing(_ folder: String) -> Listing {
        if let known = listings[folder] { return known }
        var listing = Listing()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            listing.byForm[name, default: []].append(name)
            listing.byStem[NeighbouringNames.stem(name), default: []].append(name)
        }
        listings[folder] = listing
        return listing
    }

    private static func stem(_ name: String) -> String {
        let lowercased = name.lowercased()
        guard let dot = lowercased.lastIndex(of: "."), dot != lowercased.startIndex else { return lowercased }
        return String(lowercased[..<dot])
    }

    /// The only path whose names equal those of a path in another Unicode form; `nil` if there is none or several.
    /// - Parameter stated: relative to `folder`, without `..`.
    mutating func sameName(as stated: String, in folder: String) -> String? {
        guard stated.utf8.contains(where: { $0 >= 0x80 }) else { return nil }
        var names: [String] = []
        for part in stated.pathParts where part != "." {
            let found = listing(([folder] + names).joined(separator: "/")).byForm[part] ?? []
            guard let name = found.first(where: { ExactText($0) == ExactText(part) }) ?? (found.count == 1 ? found[0] : nil)
            else { return nil }
            names.append(name)
        }
        return names.joined(separator: "/")
    }

    /// The only file in the same folder whose name differs in its case, its extension or an escape of URLs.
    mutating func similarName(to stated: String, in folder: String) -> String? {
        var parts = stated.pathParts
        guard let last = parts.popLast() else { return nil }
        let names = listing(([folder] + parts).joined(separator: "/")).byStem
        for name in [last, last.removingPercentEncoding ?? last] {
            // A name without an extension may contain a dot: `n02085620.10621`.
            for key in [NeighbouringNames.stem(name), name.lowercased()] {
                if let found = names[key], found.count == 1 { return (parts + found).joined(separator: "/") }
            }
        }
        return nil
    }
}
