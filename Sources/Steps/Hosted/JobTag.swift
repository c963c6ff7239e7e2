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

    /// Whether the provider shows where the suffix of a create call would be: the job then has another one, or none.
    var showsSuffix: Bool {
        if suffix?.isEmpty == false { return true }
        guard let name = fineTunedModel else { return false }
        return name.hasPrefix("ft:") || name.contains(".ft-")
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
