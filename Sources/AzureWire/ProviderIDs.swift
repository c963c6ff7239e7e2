// Ids that a provider gives, as types, so that a file's id is never sent where a job's is meant.

package import Basics

/// An id that is made from its text.
package protocol RawTextID: Identifier {}

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
