// Where the tag of a paid job is found at a provider: in any text that it keeps of the create call.

import AzureWire
import Basics

/// The tag that travels with a create call: 16 hex digits, a word of its own in whatever text holds it.
enum JobTag {
    /// The tags in a text: words of 16 hex digits. Providers keep a suffix as it was sent (`mine-TAG`), in lower case, or
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
    /// The texts that may hold the tag, the likeliest first.
    private var marks: [String] { [suffix, fineTunedModel].compactMap(\.self) + (metadata?.values.sorted() ?? []) }

    /// All tags that the job carries.
    var tags: [String] { marks.flatMap(JobTag.all) }

    /// Whether the provider keeps the whole suffix of this job's create call, and so that of every other.
    var keepsTag: Bool { suffix.map { !JobTag.all(in: $0).isEmpty } ?? false }

    /// Whether the job shows another suffix than ours, or that it has none. A suffix that was cut off may be ours.
    func showsAnother(than ours: String) -> Bool {
        if let suffix, !suffix.isEmpty { return !ours.lowercased().hasPrefix(suffix.lowercased()) }
        guard let name = fineTunedModel?.lowercased() else { return false }
        // ft:base:organization:suffix:id
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        if parts.first == "ft", parts.count > 3 { return parts[3].isEmpty || !ours.lowercased().hasPrefix(parts[3]) }
        // base.ft-digest-suffix
        guard let tail = name.firstMatch(of: #/\.ft-[0-9a-f]+(?:-(.*))?$/#)?.output.1 else { return name.contains(".ft-") }
        return tail.isEmpty || !ours.lowercased().hasPrefix(tail)
    }
}

extension Batch {
    /// All tags that the batch carries. The tag is looked for under its own name first.
    var tags: [String] {
        let metadata = metadata ?? [:]
        if let tag = metadata[BatchService.tagKey] { return [tag.lowercased()] }
        return metadata.filter { $0.key != BatchService.fingerprintKey }.sorted { $0.key < $1.key }
            .flatMap { JobTag.all(in: $0.value) }
    }
}
