// Recognizes prompts that ask for the text in a picture.

import Foundation

/// Decides, for the emulator, whether a prompt asks to read: in chat, and in the examples of a fine-tuning file.
package enum ReadingPrompt {
    private static let words: Set<String> = [
        "text", "texts", "transcribe", "transcription", "transcript", "ocr", "read", "reads", "written", "write", "handwriting",
        "handwritten", "characters", "digits", "letters", "says",
    ]

    /// Whether the prompt contains one of the words by which requests ask for text and lists no labels.
    package static func asksForText(_ prompt: [String]) -> Bool {
        guard prompt.allSatisfy({ PromptLabels.labels(in: $0).isEmpty }) else { return false }
        return prompt.contains { text in
            text.lowercased().split { !$0.isLetter }.contains { words.contains(String($0)) }
        }
    }
}
