// Ids that a provider gives, as types, so that a file's id is never sent where a job's is meant.

package import Basics

/// An id that is made from its text.
package protocol RawTextID: Identifier {}

extension RawTextID {
    /// The id as a file name, where it can be one: an id is a text that a provider chose.
    package var fileName: SafeName {
        get throws(UnsafeName) { try SafeName(text) }
    }
}

/// `file-…`
package struct FileID: RawTextID {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// `upload-…`
package struct UploadID: RawTextID {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// `batch_…`
package struct BatchID: RawTextID {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// `ftjob-…`
package struct FineTuningJobID: RawTextID {
    package let text: String
    package init(_ text: String) { self.text = text }
}
