// The form in which reports show the references and predictions of a task.

/// The form in which a gallery shows an item besides its pictures.
package enum TaskView: Hashable, Sendable {
    /// As text.
    case plain
    /// As text, with the characters that differ marked.
    case characters
    /// As a table of fields.
    case fields
    /// As boxes drawn on the picture.
    case boxes
    /// As a question with its accepted answers.
    case answers
}
