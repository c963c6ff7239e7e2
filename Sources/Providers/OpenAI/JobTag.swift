// Finds the tag of a paid job in any text that a provider keeps of the create call.

import AzureWire
import Basics

/// The tag sent with a create call: a word of 16 hex digits within a longer text.
enum JobTag {
    /// The tags in a text: words of 16 hex digits. Providers keep a suffix verbatim (`mine-TAG`), in lower case, or
    /// inside a model's name (`ft:base:org:mine-TAG:id`, `base.ft-0123…-mine-TAG`).
    static func all(in text: String) -> [String] {
        text.lowercased().utf8.split { byte in
            !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte)
        }.compactMap { word in
            word.count == 16 && word.allSatisfy { $0 <= UInt8(ascii: "f") } ? String(decoding: word, as: UTF8.self) : nil
        }
    }
}

extension FineTuningJob {
    /// The texts that may hold the tag, most likely first.
    private var marks: [String] { [suffix, fineTunedModel].compactMap(\.self) + (metadata?.values.sorted() ?? []) }

    /// All tags that the job carries.
    var tags: [String] { marks.flatMap(JobTag.all) }

    /// Whether the provider keeps the complete suffix of this job's create call, and therefore that of every job.
    var keepsTag: Bool { suffix.map { !JobTag.all(in: $0).isEmpty } ?? false }

    /// Whether the job reports a suffix other than ours, or none. A truncated suffix may be ours.
    func showsAnother(than ours: String) -> Bool {
        if let suffix, !suffix.isEmpty { return !ours.lowercased().hasPrefix(suffix.lowercased()) }
        guard let name = fineTunedModel?.lowercased() else { return false }
        // Form: `ft:base:organization:suffix:id`.
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        if parts.first == "ft", parts.count > 3 { return parts[3].isEmpty || !ours.lowercased().hasPrefix(parts[3]) }
        // Form: `base.ft-digest-suffix`.
        guard let tail = name.firstMatch(of: #/\.ft-[0-9a-f]+(?:-(.*))?$/#)?.output.1 else { return name.contains(".ft-") }
        return tail.isEmpty || !ours.lowercased().hasPrefix(tail)
    }
}

extension Batch {
    /// All tags that the batch carries. The metadata key of this program takes precedence.
    var tags: [String] {
        let metadata = metadata ?? [:]
        if let tag = metadata[BatchService.tagKey] { return [tag.lowercased()] }
        return metadata.filter { $0.key != BatchService.fingerprintKey }.sorted { $0.key < $1.key }
            .flatMap { JobTag.all(in: $0.value) }
    }
}
