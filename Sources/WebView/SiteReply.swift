// The site's reply to a request.

import Foundation

/// An answer of the site.
struct SiteReply: Sendable {
    enum Body: Sendable {
        case data(Data)
        /// The beginning of a page, sent at once, and the rest when it is ready.
        case later(start: String, rest: @Sendable () async -> String)
    }

    var status = 200
    var type = "text/html; charset=utf-8"
    var body: Body
    /// Further headers.
    var headers: [String: String] = [:]

    static func page(_ html: SafeHTML, status: Int = 200) -> SiteReply {
        SiteReply(status: status, body: .data(Data(html.text.utf8)))
    }

    /// A text that is saved as a file.
    static func file(_ text: String, name: String, type: String) -> SiteReply {
        SiteReply(
            type: type, body: .data(Data(text.utf8)), headers: ["Content-Disposition": "attachment; filename=\"\(name)\""])
    }

    static func redirect(to address: String) -> SiteReply {
        SiteReply(status: 303, body: .data(Data()), headers: ["Location": address])
    }
}

/// A request that the site cannot fulfil.
struct SiteProblem: Error {
    var status: Int
    var title: String
    var text: String

    static let notFound = SiteProblem(status: 404, title: "Not found", text: "This page does not exist.")
    static func invalid(_ text: String) -> SiteProblem { SiteProblem(status: 400, title: "Invalid request", text: text) }
    static func refused(_ text: String) -> SiteProblem { SiteProblem(status: 409, title: "Refused", text: text) }
}
