import Daybook

extension QueryParameters {
    /// Refuses parameters that each say where a page of events begins, or how long it is.
    ///
    /// - Throws: `QueryError` that names two of them.
    func refuseSeveralPlaces() throws(QueryError) {
        let places = ["after", "before", "last"].filter { self[$0] != nil }
        guard places.count < 2 else { throw QueryError("\(places[0]) and \(places[1]) do not go together") }
        guard self["last"] == nil || self["limit"] == nil else {
            throw QueryError("limit does not go with last, which says how many itself")
        }
    }
}
