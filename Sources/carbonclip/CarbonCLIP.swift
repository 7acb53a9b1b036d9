import ArgumentParser
@main struct CarbonCLIP: ParsableCommand { }
