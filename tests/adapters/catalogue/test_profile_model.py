from entregent.adapters.catalogue.profile_model import profile_model
from entregent.adapters.catalogue.shelf import shipped


def test_the_model_listens_to_every_source_and_knows_its_versions():
    model = profile_model(shipped(), sector="insurance")
    assert {signal.source for signal in model.kinds.signals.signals} == {
        "survey",
        "text",
        "behaviour",
    }
    assert shipped().relationships.fingerprint in model.version
    assert model.metaphors[0] == ("relationship", "metaphor")
    assert model.metaphor_names["simple échange"] == "basic_exchange"
    assert model.metaphor_names["one-night stand"] == "one_night_stand"


def test_an_unknown_sector_falls_back_on_the_general_prior():
    general, unknown = (profile_model(shipped(), sector=s).kinds.prior for s in ("any", "circus"))
    assert general.tolist() == unknown.tolist()


def test_measured_temperatures_replace_those_of_the_catalogue():
    assert profile_model(shipped()).kinds.temperature["behaviour"] == 2.0
    assert profile_model(shipped(), temperature={"behaviour": 3.0}).kinds.temperature == {
        "behaviour": 3.0
    }
