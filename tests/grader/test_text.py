"""Folding and language detection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import detect_language, fold, told_language

FOREIGN = {
    "es": [
        "Hola, buenos días. Llevo dos semanas esperando un paquete y todavía no me ha llegado a casa. Ya he llamado tres veces.",
        "No me funciona internet. Ya he reiniciado el router. Entiendo, ¿me confirma a qué hora dejó de funcionar? A las ocho. No he podido trabajar.",
        "hola no me ha llegado el pedido, me dijeron el lunes y nada. me lo pueden mirar? claro, me da el numero de pedido",
        "Lamento mucho las molestias. ¿Me puede dar el número de pedido, por favor? Sí, un momento. No lo encuentro, no me sale en la aplicación.",
        "buenas, he pagado dos veces la factura y no me han devuelto nada. No se preocupe, ya lo he localizado, se lo devolvemos a su cuenta",
        "quiero cancelar la linea, no me sirve. me puede decir si tiene permanencia? no lo se, me la pusieron con el movil",
    ],
    "fr": [
        "Bonjour, je n'ai toujours pas reçu mon colis. On me dit qu'il a été livré mais il n'y a personne. Je suis désolé pour ce désagrément.",
        "Bonjour, mon internet ne marche plus depuis hier. On m'a promis un technicien, on a attendu toute la journée. Je comprends, on va vérifier.",
        "bonjour on m a facture deux fois, on me dit d attendre et on ne me rappelle pas. on va regarder ca, on a votre numero",
        "Vous me confirmez que le remboursement a été fait ? On a reçu un mail mais on n'a rien sur le compte. Oui, on me l'indique ici.",
        "Je ne peux pas me connecter, on me demande un code. Pouvez-vous me donner votre adresse mail ? On vous envoie ça, merci de patienter.",
        "salut j ai un souci avec ma commande, elle est pas arrivee. d accord, on regarde ca de suite, quel est le numero svp",
    ],
    "pt": [
        "Bom dia, a minha encomenda não chegou. Já liguei duas vezes e a resposta foi a mesma. Lamento, pode me dar o número da encomenda?",
        "oi, a internet caiu de novo e no app nao aparece nada. pode me ajudar? claro, me passa o cpf por favor, ja vou verificar no sistema",
        "Comprei um celular no site e me cobraram duas vezes no cartão. Peço desculpas, vou verificar e já lhe dou um retorno.",
        "ola, quero cancelar a linha, me disseram que nao tem multa. entendo, a senhora pode me confirmar a data do contrato",
        "O técnico não veio e eu perdi o dia todo. Sinto muito, senhor, vou remarcar a visita para amanhã no mesmo horário.",
        "boa tarde, me enviaram o produto errado no lugar do que pedi, como faco a troca? me manda uma foto no chat",
    ],
    "nl": [
        "Goedemiddag, ik wacht al twee weken op mijn pakket. Wat is er aan de hand? Dat is vervelend, we gaan het voor u uitzoeken.",
        "Hallo, mijn internet doet het niet. Wat is het probleem? We zijn in storing, het is in de wijk bekend. Is er al een monteur?",
        "hoi de order is nog niet binnen, we zijn al een week verder. wat is het ordernummer? dat is 8812. ok we zoeken het uit",
        "Ik ben twee keer in rekening gebracht, was dat de bedoeling? Nee, sorry, dat was een fout in het systeem. We storten het terug.",
        "Is de winkel in Utrecht open op zondag? Ja, we zijn open. Is er dan ook service? Ja, er is een balie in de hal.",
        "kan ik het abonnement stoppen, we gaan verhuizen. dat kan, is het adres in het account nog goed? nee we zijn er al weg",
    ],
    "de": [
        "Guten Tag, ich warte seit zwei Wochen auf mein Paket. Das tut mir leid, was kann ich für Sie tun? Die Bestellung war am Montag, also was soll das?",
        "Hallo, mein Internet geht nicht. Was ist da los? Es war gestern schon so. Das ist in Ordnung, ich sende Ihnen einen Techniker. An wen soll ich mich wenden?",
        "hallo ich hab am montag was bestellt und es ist noch so was von nicht da. was war denn das? an wen ging das paket, in welche stadt",
        "Das Gerät war in der Reparatur, was hat das so lange gedauert? Es tut mir leid, am Standort war viel los. Also an mir lag es nicht.",
        "Ich will so was nicht, am Telefon hat man mir was anderes gesagt. In dem Fall storniere ich das sofort, in Ordnung?",
        "ich kann mich nicht anmelden, was mach ich da? ok, war das passwort in der app so gesetzt? am besten im konto was neues setzen",
    ],
    "it": [
        "Buongiorno, non mi funziona la linea a casa. Ho chiamato ieri e non ho avuto risposta. Mi dispiace, posso avere il numero di contratto? In questo momento non lo trovo.",
        "no, in app non si vede, a me dice in consegna. va bene, controllo in sistema e la richiamo in giornata",
    ],
    "sv": [
        "Hej, jag har inte fått mitt paket. Vad är det som har hänt? Jag beklagar, har du ett ordernummer? Ja, det är här. Vi har skickat det i dag."
    ],
    "da": [
        "Hej, min pakke er ikke kommet. Hvad er der sket? Det er jeg ked af, kan du give mig et ordrenummer? Ja, det er her. Vi har sendt den i dag, at det er sent er vi kede af."
    ],
    "tl": [
        "hi po, yung order ko hindi pa dumating. sorry po, ano po ang order number nyo? wait lang po, i-check ko sa system. ok po thank you"
    ],
}
"""Chats by language, typed with and without diacritics; they share short words with English."""


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("您好！請問１２３", "您好!请问123"),
        ("ＨＥＬＬＯ　World", "hello world"),
        ("臺灣的軟體", "台湾的软体"),
        ("İstanbul", "İstanbul"),
        ("I Don’t, can‘t, it´s", "i don't, can't, it's"),
        ("输入‘sh’", "输入‘sh’"),
        ("", ""),
    ],
)
def test_text_is_folded_to_one_script_and_width(text: str, folded: str) -> None:
    """Traditional, full-width and upper-case forms become simplified, half-width and lower-case ones."""
    assert fold(text) == folded


@given(st.text(st.characters(exclude_categories=())))
def test_folding_keeps_the_length(text: str) -> None:
    """An offset into folded text points at the same character of the original."""
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的iPhone坏了", "zh"),
        ("訂單還沒有到", "zh"),
        ("hi, where is my order 123?", "en"),
        ("good morning how can i help you today", "en"),
        ("ありがとうございます。お願いします", None),
        ("감사합니다", None),
        ("bonjour je voudrais savoir quand ma commande arrive", None),
        ("Здравствуйте, где мой заказ", None),
        ("12345 ???", None),
        ("", None),
    ],
)
def test_language_is_told_from_script_and_common_words(text: str, language: str | None) -> None:
    """Mandarin and English are recognised, others are not mistaken for them."""
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("language", "text"), [(lang, text) for lang, texts in FOREIGN.items() for text in texts]
)
def test_other_languages_are_not_taken_for_english(language: str, text: str) -> None:
    """Words that English shares with them prove nothing, whether the language is stated, misstated or not."""
    assert detect_language(text) is None
    assert told_language(language, text) == language
    assert told_language("en", text) is None


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "no",
        "no thanks",
        "ok so i am on it",
        "was in a hurry so no receipt",
        "Hola! Just kidding. My order is late.",
        "Hi, I'm in Los Angeles, the die-cast model never arrived",
        "Can you send the van der Berg order to La Rue des Fleurs 12?",
    ],
)
def test_english_is_known_by_little_and_beside_foreign_names(text: str) -> None:
    """A short answer and a name of elsewhere are English still."""
    assert detect_language(text) == "en"


def test_a_stated_third_language_is_believed_of_latin_text_alone() -> None:
    """English words do not make a Spanish chat English; hanzi do make it Mandarin."""
    text = "Can you tell me the status of my order please, it is late and I am waiting"
    assert told_language("es-MX", text) == "es"
    assert told_language("zh", text) == "en"
    assert told_language("es", "您好，请问我的订单到哪里了？" * 3) == "zh"
