// Recognizes prompts that ask for the text in a picture.

import Foundation

/// Decides, for the emulator, whether a prompt asks to read: in chat, and in the examples of a fine-tuning file.
package enum ReadingPrompt {
    /// Whether the texts of a prompt ask for text, by one of the words that such requests use, and list no labels.
    package static func asksForText(_ prompt: [String]) -> Bool {
        prompt.allSatisfy { PromptLabels.labels(in: $0).isEmpty }
            && prompt.contains {
                $0.contains(/(?i)\b(?:transcri\w*|ocr|texts?|reads?|written|handwrit\w*|says?|write (?:down|out))\b/)
            }
    }

    /// Whether a question asks how many there are of something.
    package static func asksForCount(_ question: String) -> Bool {
        question.contains(/(?i)\b(?:how many|how often|count|number of)\b/)
    }
}
