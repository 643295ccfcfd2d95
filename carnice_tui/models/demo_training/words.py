"""The words identifiers are made of, and the words kept back for evaluation.

Held-out words appear in no training sample and not in the tokenizer's corpus: what the evaluation
measures is copying, not memory.
"""


def words_of(text: str) -> tuple[str, ...]:
    """The words of `text`."""
    return tuple(text.split())


NOUNS: tuple[str, ...] = words_of("""
    account action address admin agent alarm album alert amount answer archive area argument
    array article artist asset attempt author backup badge balance band bank base basket batch
    bill block board body book booking bounds branch bucket budget buffer build bundle button
    byte cache calendar camera campaign car card cart case cell channel chapter char chart
    chat check child chunk circle city claim client clock cluster code color column command
    comment commit company config contact container content context contract copy cost counter
    country coupon course cursor customer cycle data date day deck delay delta demand depth
    device diff digit discount disk distance doc document domain door draft driver edge edit
    element email employee endpoint engine entity entry error event export factor feature fee
    feed field file filter flag flight flow folder font form format frame friend function game
    gateway goal grade graph grid group guest handler hash header height history holiday host
    hotel hour house icon image import index info input instance invoice issue item job
    journal key label lane language layer layout lead leaf lease length lesson letter level
    library license limit line link list loan location lock log machine mail map margin mark
    market mask match matrix meal media meeting member menu message meter method metric minute
    mode model module month movie name network node note notice number object offer offset
    option order output owner package packet page pair panel parent part partner password path
    patient payload payment peer period permission person phone photo picture pixel place plan
    player plugin point policy pool port post price printer priority process product profile
    profit program project prompt property query question queue quota quote range rank rate
    ratio reader reading reason receipt record region report request reservation resource
    response result review reward role room root route row rule sale sample scale schedule
    schema score screen script seat second section segment sensor series server service
    session setting shape share sheet shift shipment shop signal site size slot socket song
    source speed sprite stack staff stage station stat state step stock store story stream
    street string student style subject sum summary supplier survey switch symbol system tab
    table tag target task tax team temperature template test text thread threshold ticket tile
    time timer title token tool topic total track trade train transaction tree trip truck type
    unit update upload url usage user value variable vehicle vendor version video view visit
    visitor volume vote voucher wallet warehouse weight wheel width window word worker year
    zone
    """)

VERBS: tuple[str, ...] = words_of("""
    accept add allocate analyze append apply archive assign attach build cache calculate cancel
    check clean clear close collect combine compare compute convert copy count create decode delete
    deliver detect dispatch draw emit encode enqueue evaluate execute expand export extract fetch
    fill filter find flush format generate get group handle import index init insert join list load
    locate log lookup make mark measure merge move normalize notify open pack parse pick prepare
    print process publish pull push query read rebuild record reduce refresh register release reload
    remove rename render replace reset resolve restore run save scan schedule search select send
    serialize set show shrink skip sort split start stop store submit sum summarize sync tally total
    track transform trim unpack update upload validate verify visit walk watch write
""")

ADJECTIVES: tuple[str, ...] = words_of("""
    active all base best big bad cached clean current daily default dirty done empty enabled extra
    failed fast final first free full global good hidden idle initial inner known large last late
    latest local locked main max mean min missing monthly new next old open outer paid pending prev
    primary public raw ready recent remote safe saved shared short simple single small sorted stale
    temp top total unique valid visible
""")

HELD_OUT_NOUNS: tuple[str, ...] = words_of("""
    anchor apple auction beacon bridge candle canvas carrier castle cloud coach comet crane crew
    cupboard dancer desert diagram dish donor engineer envelope fabric farmer ferry fleet forest
    garden glacier goblet guitar hammer harbor helmet hunter island jacket kernel kitten ladder
    lantern lemon magnet mirror monkey mountain muffin nebula needle novel ocean orchard otter
    paddle parcel parrot pebble pencil pepper pilot planet pocket puzzle rabbit ranger ribbon
    rocket saddle sailor shelter spider spoon squirrel temple tower tractor tunnel turtle valley
    violin walrus widget willow yogurt zebra
""")

HELD_OUT_VERBS: tuple[str, ...] = words_of("""
    adjust arrange assemble bake blend boost borrow browse carve chase chop climb compile
    confirm craft decorate deposit derive drain enrich erase gather grind harvest hoist ignite
    inspect invert juggle knit launch mingle navigate negotiate paint polish purge repair rinse
    rotate salvage shuffle sketch stitch sweep tune unwrap wander weave
""")

HELD_OUT_ADJECTIVES: tuple[str, ...] = words_of("""
    amber ancient brave brisk calm cheap clever cosmic crisp distant eager fancy fierce gentle
    golden hollow humble icy lucky mellow narrow noisy polar proud quiet rapid rusty silent
    silver smooth steep sturdy sunny swift tidy velvet vivid warm wild young
""")

_IRREGULAR = {"child": "children", "person": "people", "series": "series", "data": "data"}
_SAME_STEM = ("s", "x", "ch", "sh", "z")


def plural(noun: str) -> str:
    """The plural a programmer would write for a list of `noun`."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    if noun == "leaf":
        return "leaves"
    return noun + ("es" if noun.endswith(_SAME_STEM) else "s")
