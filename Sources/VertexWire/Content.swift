// Turns of a conversation with a model.

/// One turn, or the system instruction.
package struct Content: ProtoMessage {
    /// `user` or `model`; absent from a system instruction.
    package var role: String?
    /// In the order shown to the model.
    package var parts: [Part]?

    /// A turn with no field set.
    package init() {}

    /// One part of a turn; exactly one of `text`, `inlineData` and `fileData` is set.
    package struct Part: ProtoMessage {
        /// Bytes within the message.
        package struct Blob: ProtoMessage {
            /// Such as `image/png`.
            package var mimeType: String?
            /// The bytes.
            package var data: ProtoBytes?
            /// Shown nowhere.
            package var displayName: String?

            /// A part with no field set.
            package init() {}
        }

        /// A file in Cloud Storage or on the web.
        package struct FileData: ProtoMessage {
            /// Such as `image/png`.
            package var mimeType: String?
            /// `gs://bucket/name` or `https://…`.
            package var fileUri: String?
            /// Shown nowhere.
            package var displayName: String?

            /// A part with no field set.
            package init() {}
        }

        /// The resolution of one image.
        package struct Resolution: ProtoMessage {
            /// The resolution at which the image is read.
            package var level: MediaResolution?

            /// A resolution with no field set.
            package init() {}
        }

        /// A text.
        package var text: String?
        /// Bytes within the message.
        package var inlineData: Blob?
        /// A file elsewhere.
        package var fileData: FileData?
        /// The resolution of this image; overrides that of the request.
        package var mediaResolution: Resolution?
        /// Whether the text is a thought and not part of the answer.
        package var thought: Bool?
        /// Opaque; returned to the model in later turns.
        package var thoughtSignature: ProtoBytes?

        /// A part with no field set.
        package init() {}
    }

    /// The texts of all parts that are not thoughts, joined.
    package var answerText: String {
        (parts ?? []).filter { $0.thought != true }.compactMap(\.text).joined()
    }
}

/// The resolution at which an image is read.
package struct MediaResolution: ProtoWord {
    /// The word on the wire.
    package let rawValue: String
    /// Keeps the word verbatim.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// 280 tokens on Gemini 3, 64 on Gemini 2.
    package static let low: MediaResolution = "MEDIA_RESOLUTION_LOW"
    /// 560 tokens on Gemini 3, 256 on Gemini 2.
    package static let medium: MediaResolution = "MEDIA_RESOLUTION_MEDIUM"
    /// 1,120 tokens on Gemini 3.
    package static let high: MediaResolution = "MEDIA_RESOLUTION_HIGH"
}
