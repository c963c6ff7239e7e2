// Provider ids as distinct types, so that a file's id cannot be sent where a job's is expected.

package import Basics

/// An id that wraps a provider's text.
package protocol RawTextID: Identifier {}

extension RawTextID {
    /// The id as a file name. Throws `UnsafeName` for untrusted text that cannot be one, such as a path.
    package var fileName: SafeName {
        get throws(UnsafeName) { try SafeName(text) }
    }
}

/// The id of a file: `file-…`.
package struct FileID: RawTextID {
    /// The id verbatim; untrusted text of the provider.
    package let text: String
    /// Wraps an id without checking its form.
    package init(_ text: String) { self.text = text }
}

/// The id of an upload in parts: `upload-…`.
package struct UploadID: RawTextID {
    /// The id verbatim; untrusted text of the provider.
    package let text: String
    /// Wraps an id without checking its form.
    package init(_ text: String) { self.text = text }
}

/// The id of a batch: `batch_…`.
package struct BatchID: RawTextID {
    /// The id verbatim; untrusted text of the provider.
    package let text: String
    /// Wraps an id without checking its form.
    package init(_ text: String) { self.text = text }
}

/// The id of a fine-tuning job: `ftjob-…`.
package struct FineTuningJobID: RawTextID {
    /// The id verbatim; untrusted text of the provider.
    package let text: String
    /// Wraps an id without checking its form.
    package init(_ text: String) { self.text = text }
}
