import Daybook
import Foundation
import TestSupport
import Testing
import Users

@Suite struct `The refusals of a user` {
    /// All of them, one after the other. A new one does not compile until it is added here.
    private static func refusal(after last: UserFailure?) -> UserFailure? {
        switch last {
        case nil: .alreadyCreated
        case .alreadyCreated?: .notFound
        case .notFound?: .inactive
        case .inactive?: .alreadyInactive
        case .alreadyInactive?: .alreadyActive
        case .alreadyActive?: .emailTaken
        case .emailTaken?: .forgotten
        case .forgotten?: .invalidEmail(reason: "is empty")
        case .invalidEmail?: .invalidName(reason: "is empty")
        case .invalidName?: .invalidReason(reason: "is empty")
        case .invalidReason?: nil
        }
    }

    @Test func `are those that the article on HTTP lists`() throws {
        let path = repository.appending(path: "Sources/Daybook/Daybook.docc/HTTPAPI.md").path
        let article = try String(contentsOfFile: path, encoding: .utf8)
        let sentence = try #require(article.firstMatch(of: #/A user refuses with ([^.]+)\./#)).output.1
        let listed = sentence.matches(of: #/`([a-z-]+)`/#).map { String($0.output.1) }
        var codes: [String] = []
        var last = Self.refusal(after: nil)
        while let refusal = last {
            codes.append(refusal.code)
            last = Self.refusal(after: refusal)
        }
        #expect(listed.sorted() == codes.sorted())
    }
}
