/// The place of a note of code that runs.
public struct CodeMark {
    /// Its slot in a file, and how many bytes it has there.
    package let place: (slot: Int, length: Int)
    /// The note that the thread had before.
    package let earlier: EndingSignals.Earlier?

    package init(place: (slot: Int, length: Int), earlier: EndingSignals.Earlier?) {
        self.place = place
        self.earlier = earlier
    }
}
