extension RunPlan {
    /// The same plan for a person with one phone and an hour: parity, load and one burst of the
    /// first model on every unit, in less than ten minutes.
    ///
    /// A burst is as long as any other, so what a quick run measures counts; with one run there is
    /// no interval. A unit too slow for 1024 predictions in that time says so, and does not count.
    public var quick: RunPlan {
        var plan = self
        plan.models = Array(models.prefix(1))
        plan.settings.runs = 1
        plan.settings.restSeconds = min(settings.restSeconds, 20)
        plan.settings.coolingLimit = min(settings.coolingLimit, 30)
        plan.settings.burstLimit = min(settings.burstLimit, 100)
        return plan
    }

    /// The most seconds that bursts can take; parity and load come on top.
    var longestBursts: Double {
        let one =
            settings.restSeconds + settings.coolingLimit + settings.warmupSeconds
            + max(settings.burstLimit, settings.burstSeconds)
        return one * Double(places.count)
    }
}
