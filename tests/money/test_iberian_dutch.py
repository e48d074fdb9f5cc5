"""Portuguese, Dutch and Spanish amounts: what must be read, and what must not."""

import pytest

from extractor.money import find_money


def _read(text, language, country=None):
    """Surface, bounds, currency and rate of every amount, in order."""
    return [
        (a.text, *(None if v is None else float(v) for v in (a.low, a.high)), a.currency, a.per)
        for a in find_money(text, language, country=country)
    ]


VALUES = [
    # The comma is a decimal sign, before a scale and in a rate of exchange.
    ("pt", "O grupo arrematou a siderúrgica por R$ 4,125 bilhões.", 4.125e9, "BRL"),
    ("pt", "O dólar comercial fechou a R$ 5,037 na sexta-feira.", 5.037, "BRL"),
    ("pt", "A obra custou R$ 12.500 à prefeitura.", 12500, "BRL"),
    # Cruzados, contos and réis.
    ("pt", "A conta somou Cz$ 7 milhões em 1987.", 7e6, "BRR"),
    ("pt", "O imposto novo era de NCz$ 30 em 1989.", 30, "BRR"),
    ("pt", "Legou 14 contos de réis ao hospital.", 14e6, None),
    ("pt", "O aluguel era de 250$000 na época.", 250_000, None),
    ("pt", "A lei autorizou a despesa de 32:500$000 com a ponte.", 32_500_000, None),
    ("pt", "A empreitada foi adjudicada por 31 200 450$.", 31_200_450, "PTE"),
    ("pt", "O vinho custa 1.250$00 na loja.", 1250, "PTE"),
    ("pt", "Vendeu a quinta por três contos e quinhentos.", 3500, "PTE"),
    ("pt", "A receita foi de 4 mil contos e 250 escudos.", 4_000_250, "PTE"),
    ("pt", "Bruxelas aplicou uma coima de 3,5 milhões de ecus.", 3.5e6, "XEU"),
    # Guilders, tons and coins.
    ("nl", "Het dividend blijft f 2,15 voor dit boekjaar.", 2.15, "NLG"),
    ("nl", "De villa ging weg voor f 4 miljoen.", 4e6, "NLG"),
    ("nl", "De winst bedroeg drie ton in euro's, op een omzet van 9 miljoen euro.", 3e5, "EUR"),
    ("nl", "De boete is anderhalve ton, bij een schade van 2 miljoen euro.", 1.5e5, "EUR"),
    ("nl", "Het land bood 12 miljoen Surinaamse gulden voor de dam.", 12e6, "SRG"),
    ("nl", "De Commissie gaf 4 miljoen ecu aan de telers.", 4e6, "XEU"),
    ("nl", "'Het gaat om 8 miljoen euro', zei de wethouder.", 8e6, "EUR"),
    # Commas and signs of America.
    ("es", "El taller me cobró 2,350 pesos por el arreglo.", 2350, "MXN"),
    ("es", "El Fondo aprobó un programa de 1,250 millones de dólares.", 1.25e9, "USD"),
    ("es", "La alcaldía pagó Q4.8 millones por los víveres.", 4.8e6, "GTQ"),
    ("es", "El siniestro costará a la aseguradora B/. 31.5 millones este año.", 31.5e6, "PAB"),
    ("es", "La Caja adjudicó la obra por ¢ 1.900 millones.", 1.9e9, "CRC"),
    ("es", "La cinta recaudó 12 millones y 345.678 dólares.", 12_345_678, "USD"),
    ("es", "Bruselas impuso una multa de 2,5 millones de ecus.", 2.5e6, "XEU"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "value", "currency"), VALUES)
def test_value_and_currency(language, text, value, currency):
    country = "MX" if "pesos" in text else None
    _surface, low, high, found, _per = _read(text, language, country)[0]
    assert (low, high, found) == (value, value, currency)


BOUNDS = [
    ("pt", "O gasto não passe de R$ 300 mil, pede a comissão.", None, 3e5),
    ("pt", "A linha não custaria além de 4 milhões de euros.", None, 4e6),
    ("pt", "As receitas não vão além dos 20 milhões de euros.", None, 2e7),
    ("pt", "A comissão não terá passado dos 400 euros.", None, 400),
    ("pt", "Preço máximo: R$ 80.000,00.", None, 80_000),
    ("pt", "A empresa vale, no máximo, 2 mil milhões de euros.", None, 2e9),
    ("pt", "A diária na praia começa em R$ 300 no verão.", 300, None),
    # A known amount that one is compared with, and a minimum wage, are no bounds.
    ("pt", "O Tesouro vendeu menos, abaixo dos R$ 5 bilhões que pretendia.", 5e9, 5e9),
    ("pt", "É menos do que os 3 milhões de euros do ano passado.", 3e6, 3e6),
    ("pt", "O salário mínimo de R$ 1.412 vale desde janeiro.", 1412, 1412),
    ("pt", "A obra fica abaixo dos 3 milhões de euros, diz a câmara.", None, 3e6),
    ("nl", "De winst blijft ver onder de 3 miljard euro waarop was gerekend.", 3e9, 3e9),
    ("nl", "De gift is vrij zolang zij 9.500 euro niet te boven gaat.", None, 9500),
    ("es", "Vale bastante menos que los 900 millones de euros que pedía.", 9e8, 9e8),
    ("es", "Su fortuna llegó a pasar de 30 millones de pesetas.", 3e7, None),
    ("pt", "A loja não faturava nem R$ 3 milhões.", None, 3e6),
    ("es", "El banco cubre hasta por 3 millones de pesos.", None, 3e6),
    ("es", "La acción repuntó hasta los 12 euros en la sesión.", 12, 12),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "low", "high"), BOUNDS)
def test_bounds(language, text, low, high):
    assert _read(text, language)[0][1:3] == (low, high)


RATES = [
    ("pt", "Café arábica em Varginha: R$ 142,00/saca.", "unit"),
    ("pt", "O litro de gasolina custa hoje 1,80 euros em Lisboa.", "unit"),
    ("pt", "Bilhetes a 12 euros na bilheteira.", "unit"),
    ("pt", "O tribunal fixou multa diária de R$ 50 mil.", "day"),
    ("pt", "As ações da empresa caíam 3,2%, a R$ 6,05.", "share"),
    ("pt", "O governo dará R$ 5 mil por família.", "unit"),
    ("pt", "A mensalidade de 90 euros inclui o almoço.", "month"),
    ("nl", "Een liter melk kostte toen 89 cent.", "unit"),
    ("nl", "Hij kreeg een jaarsalaris van 350.000 gulden.", "year"),
    ("nl", "KBC verhoogt het koersdoel voor Aalberts van 41 naar 46 euro.", "share"),
    ("nl", "De aandelen gingen weg voor 12 euro per stuk.", "share"),
    ("es", "La tonelada de soja cerró a 362 dólares en Chicago.", "unit"),
    ("es", "Los títulos de la panadera ganaron 1,3%, a 62 pesos.", "share"),
    ("es", "Le impusieron una multa diaria de 500 euros.", "day"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "per"), RATES)
def test_rates(language, text, per):
    assert _read(text, language)[-1][4] == per


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt", "A receita foi de 3 milhões de euros este ano."),
        ("pt", "A câmara recebe este ano 2 milhões de euros."),
        ("pt", "Comprou a fábrica por 5 milhões de euros, e o litro de leite é local."),
        ("nl", "Hij kocht aandelen voor 3 miljoen euro."),
        ("nl", "De wethouder trekt dit jaar 3 miljoen euro uit."),
        ("es", "La empresa dejó en la caja 166 millones de euros."),
        ("es", "Compró acciones por 3.400 millones de euros."),
    ],
)
def test_no_rate(language, text):
    assert [found[4] for found in _read(text, language)] == [None]


def test_both_amounts_of_a_change_have_its_rate():
    found = _read("Het uurloon gaat van 14,40 naar 14,71 euro per uur.", "nl")
    assert [(low, per) for _, low, _, _, per in found] == [(14.40, "hour"), (14.71, "hour")]


def test_the_scale_of_a_change_is_said_once():
    found = _read("La utilidad cayó de $2,9 a $1,9 billones.", "es", "CO")
    assert [f[1:4] for f in found] == [(2.9e12, 2.9e12, "COP"), (1.9e12, 1.9e12, "COP")]
    found = _read("O preço passou de US$ 500 a US$ 1,2 milhões.", "pt")
    assert [f[1] for f in found] == [500, 1.2e6]


def test_a_difference_has_the_currency_of_the_amount_before():
    found = _read("La onza cerró a 362 dólares en Londres, siete menos que el lunes.", "es")
    assert [(f[1], f[3]) for f in found] == [(362, "USD"), (7, "USD")]
    found = _read("O filme custou 145 mil contos (70 mil dos quais do instituto).", "pt")
    assert [(f[1], f[3]) for f in found] == [(145e6, "PTE"), (70e6, "PTE")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt", "A DM9 não comenta a campanha da loja."),
        ("pt", "Dos 38 acertadores, cada um leva o prêmio para casa."),
        ("pt", "As Lojas Cem Reais abrem mais uma unidade."),
        ("nl", "De vrachtwagen woog zeven ton en kostte veel."),
        ("nl", "De mosselvangst van drie ton bracht weinig op."),
        ("nl", "Er kwamen drie miljoen bezoekers naar de beurs."),
        ("nl", "De F-16 vloog over de stad."),
        ("es", "En el Q3 la empresa creció, dijo el banco."),
        ("es", "El hotel L 5 abre en marzo."),
    ],
)
def test_nothing_is_read(language, text):
    assert _read(text, language) == []


def test_numbers_of_laws_are_no_amounts():
    found = _read("Obras de até R$ 150 mil, segundo o artigo 23 da lei 8.666.", "pt", "BR")
    assert [f[0] for f in found] == ["R$ 150 mil"]


def test_escudos_and_contos_of_cape_verde():
    text = "Em Cabo Verde a dívida ronda os 300 milhões de escudos, ou 300 mil contos."
    assert [f[3] for f in _read(text, "pt")] == ["CVE", "CVE"]
    assert [f[3] for f in _read("A casa custou 300 mil escudos.", "pt")] == ["PTE"]


def test_contos_of_brazil_are_a_million_reis():
    assert _read("Vendeu a fazenda em 1932 por 90 contos.", "pt", "BR")[0][1:4] == (
        90e6,
        90e6,
        None,
    )


def test_spanish_amounts_without_currency_are_in_the_money_of_the_country():
    text = "La cadena facturó 14 millones en agosto."
    assert [f[3] for f in _read(text, "es", "ES")] == ["EUR"]
    assert [f[3] for f in _read(text, "es", "MX")] == ["MXN"]
    assert [f[3] for f in _read(text, "es")] == [None]
