// Anything that looks like an API key is hidden, and other text is not.

import Basics
import Testing

struct KeyMaskTests {
    @Test(arguments: [
        "sk-live-LITERALSECRET1234567890", "sk-proj-abc_DEF-0123456789", "sk-0123456789", "hf_abcdefghij0123456789",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345", "AKIAIOSFODNN7EXAMPLE", "AIzaSyA0123456789abcdefghij",
        "0123456789abcdef0123456789abcdef", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPL3K12",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        String(repeating: "aB3", count: 28),
    ])
    func hides(key: String) {
        for text in [key, "'\(key)' is not a name", "key=\(key)", "é\(key)é", "(\(key))"] {
            let masked = KeyMask.masked(text)
            #expect(!masked.contains(key), "\(masked)")
            #expect(masked == text.replacing(key, with: KeyMask.mask))
        }
    }

    @Test func `hides what follows the word bearer`() {
        #expect(KeyMask.masked("Authorization: Bearer abcdefghij") == "Authorization: Bearer ********")
        #expect(KeyMask.masked("the bearer of bad news") == "the bearer of bad news")
    }

    @Test(arguments: [
        "", "a", "sk-learn", "hf_hub_download", "scikit-learn", "gpt-4o-2024-08-06", "ftjob-0123456789abcdef0123456789abcdef",
        "file-0123456789abcdef0123456789abcdef", "batch_6b29fc40-ca47-1067-b31d-00dd010662da",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "/home/Sources/AzureOpenAI/HostTrust.swift",
        "models.cnn.train.optimizer.adamw.learning_rate", "golden_retriever", "12345678901234567890123456789012",
        "https://name.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
        "evaluations.accuracy.tuned@epoch-2.accuracy",
    ])
    func leaves(text: String) {
        #expect(KeyMask.masked(text) == text)
    }
}

/// A key is masked in each form that a reader could turn back into it.
struct DisguisedKeyTests {
    private static let key = "sk-live-LITERALSECRET1234567890"

    @Test(arguments: [
        key.uppercased(), key.lowercased(), "sk-live-\u{200B}LITERALSECRET\u{AD}1234567890",
        "sk-live-LITERAL\u{1B}SECRET1234567890",
        "\\u0073k-live-LITERALSECRET1234567890", "sk%2Dlive%2DLITERALSECRET1234567890", "&#115;k-live-LITERALSECRET1234567890",
        "c2stbGl2ZS1MSVRFUkFMU0VDUkVUMTIzNDU2Nzg5MA==", "dXNlcjpzay1saXZlLUxJVEVSQUxTRUNSRVQxMjM0NTY3ODkw",
        "0123456789ABCDEF0123456789ABCDEF", "\u{FF53}\u{FF4B}-live-LITERALSECRET1234567890",
    ])
    func hides(key: String) {
        for (before, after) in [("", ""), ("'", "' is not a name"), ("é ", " é"), ("(", ")\n")] {
            let masked = KeyMask.masked(before + key + after)
            #expect(masked == before + KeyMask.mask + after, "\(masked)")
        }
    }

    @Test(arguments: [
        "100 % of A & B\\n", "a\\b\\c", "50%25", "Zürich\u{200B}", "R&amp;D", "c2Npa2l0LWxlYXJuIGlzIGEgbGlicmFyeQ==", "\\d+%s&",
    ])
    func leaves(text: String) { #expect(KeyMask.masked(text) == text) }
}
