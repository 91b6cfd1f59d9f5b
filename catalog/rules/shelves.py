"""Shelves by need: a small hand-made list, and which substance, class or form stands where.

ATC codes here are facts about well-known substances, written down one by one; where none is known it stays empty.
"""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

from dataclasses import dataclass

from pharmacy.texts import gettext_noop as _


@dataclass(frozen=True)
class Shelf:
    """A need people shop for; `atc` is the letter that colours its drawings."""

    slug: str
    name: str
    atc: str
    icon: str = "search"


SHELVES = (
    Shelf("pain", _("Pain and fever"), "N"),
    Shelf("muscles", _("Muscles and spasticity"), "M"),
    Shelf("allergy", _("Allergy"), "R"),
    Shelf("stomach", _("Stomach and bowel"), "A"),
    Shelf("cold", _("Cold and flu"), "R"),
    Shelf("skin", _("Skin"), "D"),
    Shelf("first-aid", _("First aid"), "D"),
    Shelf("sun", _("Sun care"), "D"),
    Shelf("eyes-ears", _("Eyes and ears"), "S"),
    Shelf("mouth", _("Mouth and teeth"), "A"),
    Shelf("heart", _("Heart and blood pressure"), "C"),
    Shelf("diabetes", _("Diabetes"), "A"),
    Shelf("breathing", _("Asthma and breathing"), "R"),
    Shelf("mind", _("Nerves, mood and sleep"), "N"),
    Shelf("infections", _("Infections"), "J"),
    Shelf("hormones", _("Hormones and bones"), "H"),
    Shelf("bladder", _("Bladder and kidneys"), "G"),
    Shelf("cancer", _("Cancer and immune system"), "L"),
    Shelf("vitamins", _("Vitamins and minerals"), "A"),
    Shelf("hands", _("Hands and hygiene"), "D"),
    Shelf("measuring", _("Measuring and helping"), "V"),
    Shelf("other", _("Other medicines"), "V"),
)
BY_SLUG = {shelf.slug: shelf for shelf in SHELVES}

_KNOWN = """
muscles: baclofen M03BX01; cyclobenzaprine M03BX08; methocarbamol M03BA03; orphenadrine M03BC01; tizanidine M03BX02;
  carisoprodol M03BA02; metaxalone; chlorzoxazone M03BB03; dantrolene M03CA01
pain: ibuprofen M01AE01; acetaminophen N02BE01; paracetamol N02BE01; naproxen M01AE02; aspirin N02BA01; diclofenac M01AB05; meloxicam M01AC06;
  celecoxib M01AH01; sumatriptan N02CC01; capsaicin M02AB01; menthol; methyl salicylate; lidocaine; trolamine salicylate; tramadol N02AX02;
  indomethacin M01AB01; ketorolac M01AB15; etodolac M01AB08; nabumetone M01AX01; rizatriptan N02CC04; allopurinol M04AA01; colchicine M04AC01; camphor synthetic;
  zolmitriptan N02CC03; hydrocodone; oxycodone N02AA05; morphine N02AA01
allergy: cetirizine R06AE07; loratadine R06AX13; fexofenadine R06AX26; levocetirizine R06AE09; desloratadine R06AX27; diphenhydramine R06AA02;
  chlorpheniramine R06AB04; fluticasone R01AD08; mometasone furoate; triamcinolone acetonide; azelastine R06AX19; ketotifen R06AX17; hydroxyzine N05BB01; cromolyn R01AC01; budesonide
stomach: famotidine A02BA03; omeprazole A02BC01; esomeprazole A02BC05; lansoprazole A02BC03; pantoprazole A02BC02; ranitidine A02BA02; loperamide A07DA03;
  bismuth subsalicylate A02BX05; calcium carbonate A02AC01; simethicone A03AX13; dimethicone; docusate A06AA02; sennosides A06AB06; bisacodyl A06AB02;
  polyethylene glycol 3350 A06AD15; psyllium husk; magnesium hydroxide A02AA04; magnesium citrate; glycerin; ondansetron A04AA01; meclizine R06AE05; metoclopramide A03FA01;
  aluminum hydroxide A02AB01; sucralfate A02BX02; dicyclomine A03AA07; rabeprazole A02BC04; lactulose A06AD11; mesalamine A07EC02; hydrocortisone acetate; dexlansoprazole A02BC06
cold: dextromethorphan R05DA09; guaifenesin R05CA03; phenylephrine R01BA03; oxymetazoline R01AA05; pseudoephedrine R01BA02; doxylamine R06AA09; benzonatate R05DB01;
  xylometazoline R01AA07; oseltamivir J05AH02
skin: hydrocortisone D07AA02; benzoyl peroxide D10AE01; salicylic acid D01AE12; clotrimazole D01AC01; terbinafine D01AE15; miconazole D01AC02; tolnaftate D01AE18; adapalene D10AD03;
  tretinoin D10AD01; clobetasol D07AD01; betamethasone; mupirocin D06AX09; zinc oxide; petrolatum; allantoin; pyrithione zinc D11AX12; selenium sulfide; coal tar; urea D02AE01;
  permethrin P03AC04; ketoconazole D01AC08; minoxidil D11AX01; colloidal oatmeal; calamine; pramoxine D04AB07; undecylenic acid D01AE04; hydroquinone D11AX11; sulfur
first-aid: bacitracin D06AX05; neomycin; polymyxin b; povidone iodine D08AG02; hydrogen peroxide D08AX01; benzalkonium chloride D08AJ01; isopropyl alcohol; activated charcoal A07BA01; ammonia; iodine; witch hazel
sun: avobenzone; octinoxate; octisalate; octocrylene; oxybenzone; homosalate; titanium dioxide; ensulizole; ecamsule
eyes-ears: carboxymethylcellulose; polyvinyl alcohol; propylene glycol; tetrahydrozoline S01GA02; naphazoline S01GA01; latanoprost S01EE01; timolol S01ED01; carbamide peroxide; olopatadine S01GX09;
  hypromellose; dorzolamide S01EC03; bimatoprost S01EE03; brimonidine S01EA05; tobramycin S01AA12; travoprost S01EE04
mouth: sodium fluoride A01AA01; sodium monofluorophosphate; stannous fluoride; chlorhexidine A01AB03; benzocaine; cetylpyridinium chloride; potassium nitrate; triclosan; eucalyptol
heart: amlodipine C08CA01; lisinopril C09AA03; losartan C09CA01; metoprolol C07AB02; atorvastatin C10AA05; simvastatin C10AA01; carvedilol C07AG02; hydrochlorothiazide C03AA03; atenolol C07AB03;
  pravastatin C10AA03; rosuvastatin C10AA07; warfarin B01AA03; clopidogrel B01AC04; furosemide C03CA01; valsartan C09CA03; diltiazem C08DB01; propranolol C07AA05; lovastatin C10AA02; nifedipine C08CA05;
  spironolactone C03DA01; fenofibrate C10AB05; benazepril C09AA07; enalapril C09AA02; irbesartan C09CA04; olmesartan C09CA08; ramipril C09AA05; verapamil C08DA01; clonidine C02AC01; hydralazine C02DB02;
  doxazosin C02CA04; ezetimibe C10AX09; telmisartan C09CA07; nitroglycerin C01DA02; apixaban B01AF02; rivaroxaban B01AF01; ticagrelor B01AC24; bumetanide C03CA02; triamterene C03DB02; digoxin C01AA05;
  isosorbide; nebivolol C07AB12; labetalol C07AG01; quinapril C09AA06; torsemide C03CA04; bisoprolol C07AB07; amiodarone C01BD01; chlorthalidone C03BA04
diabetes: metformin A10BA02; glipizide A10BB07; glimepiride A10BB12; glyburide A10BB01; pioglitazone A10BG03; sitagliptin A10BH01; dextrose; saxagliptin A10BH03; linagliptin A10BH05; empagliflozin A10BK03; dapagliflozin A10BK01
breathing: albuterol R03AC02; montelukast R03DC03; ipratropium R03BB01; tiotropium R03BB04; salmeterol R03AC12; theophylline R03DA04; nicotine N07BA01
mind: gabapentin N03AX12; sertraline N06AB06; fluoxetine N06AB03; citalopram N06AB04; escitalopram N06AB10; bupropion N06AX12; trazodone N06AX05; venlafaxine N06AX16; duloxetine N06AX21; mirtazapine N06AX11;
  paroxetine N06AB05; amitriptyline N06AA09; quetiapine N05AH04; olanzapine N05AH03; risperidone N05AX08; aripiprazole N05AX12; levetiracetam N03AX14; lamotrigine N03AX09; topiramate N03AX11; divalproex N03AG01;
  buspirone N05BE01; alprazolam N05BA12; lorazepam N05BA06; clonazepam N03AE01; diazepam N05BA01; zolpidem N05CF02; ropinirole N04BC04; pramipexole N04BC05; donepezil N06DA02; memantine N06DX01; carbamazepine N03AF01;
  oxcarbazepine N03AF02; nortriptyline N06AA10; pregabalin N03AX16; carbidopa; levodopa; benztropine N04AC01; lithium carbonate N05AN01; haloperidol N05AD01; zonisamide N03AX15; melatonin N05CH01; doxepin N06AA12
infections: amoxicillin J01CA04; clavulanate; azithromycin J01FA10; ciprofloxacin J01MA02; levofloxacin J01MA12; cephalexin J01DB01; doxycycline J01AA02; sulfamethoxazole; trimethoprim J01EA01; metronidazole J01XD01; acyclovir J05AB01;
  valacyclovir J05AB11; fluconazole J02AC01; minocycline J01AA08; clindamycin J01FF01; cefuroxime J01DC02; nitrofurantoin J01XE01; penicillin v J01CE02; hydroxychloroquine P01BA02; famciclovir J05AB09; cefdinir J01DD15; clarithromycin J01FA09; lamivudine J05AF05
hormones: levothyroxine H03AA01; prednisone H02AB07; prednisolone H02AB06; methylprednisolone H02AB04; dexamethasone H02AB02; estradiol G03CA03; alendronate; medroxyprogesterone G03DA02; progesterone G03DA04; norethindrone G03DC02;
  ethinyl estradiol; levonorgestrel G03AC03; raloxifene G03XC01; liothyronine H03AA02; methimazole H03BB02; ibandronate; risedronate; anastrozole L02BG03; letrozole L02BG04; tamoxifen L02BA01; norgestimate
bladder: tamsulosin G04CA02; finasteride G04CB01; oxybutynin G04BD04; tolterodine G04BD07; sildenafil G04BE03; tadalafil G04BE08; phenazopyridine G04BX06; solifenacin G04BD08; terazosin G04CA03; alfuzosin G04CA01; dutasteride G04CB02; trospium chloride G04BD09
cancer: methotrexate L01BA01; imatinib L01EA01; azathioprine L04AX01; mycophenolate; bicalutamide L02BB03; capecitabine L01BC06; hydroxyurea; mercaptopurine L01BB02; tacrolimus L04AD02; temozolomide L01AX03
vitamins: cholecalciferol A11CC05; ergocalciferol A11CC01; folic acid B03BB01; cyanocobalamin B03BA01; ferrous sulfate; ascorbic acid A11GA01; potassium chloride A12BA01; pyridoxine A11HA02; zinc gluconate
hands: alcohol; chloroxylenol; benzethonium chloride; ethyl alcohol
"""


def _read() -> dict[str, tuple[str, str]]:
    known: dict[str, tuple[str, str]] = {}
    for line in _KNOWN.replace("\n  ", " ").strip().splitlines():
        shelf, _, rest = line.partition(": ")
        for item in rest.split(";"):
            words = item.split()
            atc = words.pop() if words and len(words[-1]) == 7 and words[-1][:1].isupper() else ""
            if words:
                known.setdefault(" ".join(words), (shelf, atc))
    return known


KNOWN = _read()
# Words of FDA pharmacologic classes → shelf, where the substance is not listed above; first match wins.
_CLASSES = (
    ("Antihistamine", "allergy"), ("Histamine-1", "allergy"), ("Proton Pump", "stomach"), ("Histamine-2", "stomach"), ("Laxative", "stomach"), ("Antiemetic", "stomach"),
    ("Muscle Relaxant", "muscles"), ("Nonsteroidal Anti-inflammatory", "pain"), ("Opioid", "pain"), ("Anesthetic", "pain"), ("Corticosteroid", "hormones"),
    ("HMG-CoA", "heart"), ("Angiotensin", "heart"), ("Adrenergic Blocker", "heart"), ("Calcium Channel", "heart"), ("Diuretic", "heart"), ("Anti-coagulant", "heart"), ("Platelet", "heart"),
    ("Antidepressant", "mind"), ("Serotonin", "mind"), ("Antipsychotic", "mind"), ("Benzodiazepine", "mind"), ("Anti-epileptic", "mind"), ("Stimulant", "mind"), ("Cholinesterase", "mind"), ("Dopamin", "mind"),
    ("Antibacterial", "infections"), ("Antimicrobial", "infections"), ("Antiviral", "infections"), ("Antifungal", "infections"), ("Antimalarial", "infections"), ("Virus", "infections"), ("Penicillin", "infections"), ("Cephalosporin", "infections"),
    ("Insulin", "diabetes"), ("GLP-1", "diabetes"), ("Sulfonylurea", "diabetes"), ("Dipeptidyl", "diabetes"), ("Biguanide", "diabetes"),
    ("Bronchodilat", "breathing"), ("beta2-Adrenergic", "breathing"), ("Leukotriene", "breathing"), ("Estrogen", "hormones"), ("Progest", "hormones"), ("Thyrox", "hormones"), ("Androgen", "hormones"), ("Bisphosphonate", "hormones"),
    ("Kinase Inhibitor", "cancer"), ("Antineoplastic", "cancer"), ("Immunosuppress", "cancer"), ("Alkylating", "cancer"), ("Nucleoside Metabolic", "cancer"), ("Vitamin", "vitamins"), ("5-alpha", "bladder"), ("Phosphodiesterase 5", "bladder"),
    ("Prostaglandin", "eyes-ears"), ("Sunscreen", "sun"),
)  # fmt: skip
_PLACES = (
    ("OPHTHALMIC", "eyes-ears"), ("AURICULAR", "eyes-ears"), ("DENTAL", "mouth"), ("PERIODONTAL", "mouth"), ("RESPIRATORY", "breathing"), ("NASAL", "cold"),
    ("VAGINAL", "hormones"), ("TOPICAL", "skin"), ("CUTANEOUS", "skin"),
)  # fmt: skip
_ATC_SHELF = {
    "A01": "mouth", "A10": "diabetes", "A11": "vitamins", "A12": "vitamins", "A": "stomach", "B03": "vitamins", "B": "heart", "C": "heart", "D": "skin", "G04": "bladder", "G": "hormones", "H": "hormones",
    "J": "infections", "L": "cancer", "M03": "muscles", "M05": "hormones", "M": "pain", "N02": "pain", "N": "mind", "P": "infections", "R03": "breathing", "R06": "allergy", "R01": "allergy", "R": "cold", "S": "eyes-ears",
}  # fmt: skip


def place(substances: tuple[str, ...], *, classes: str = "", route: str = "", atc: str = "") -> tuple[str, str]:
    """(shelf slug, ATC code) of a product by its moieties, else ATC, else class, else route.

    A combination with a cold remedy stands on the cold shelf; sun filters win over what else is in the cream.
    """
    found = [KNOWN[each] for each in substances if each in KNOWN]
    code = atc or (found[0][1] if len(substances) == 1 and found else "")
    shelves = [shelf for shelf, _ in found]
    for strong in ("sun", "muscles", "cold"):
        if strong in shelves and (strong != "sun" or set(shelves) <= {"sun", "skin", "stomach"}):
            return strong, code
    if route.upper().startswith(("OPHTHALMIC", "AURICULAR")):
        return "eyes-ears", code
    if route.upper().startswith(("DENTAL", "PERIODONTAL")):
        return "mouth", code
    if shelves:
        return shelves[0], code
    return by_atc(atc) or _by_words(classes, _CLASSES) or _by_words(route.upper(), _PLACES) or "other", code


def by_atc(atc: str) -> str:
    """The shelf of an ATC code, by its longest known beginning; empty for none."""
    return next((_ATC_SHELF[atc[:n]] for n in (3, 1) if atc and atc[:n] in _ATC_SHELF), "")


def _by_words(text: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((shelf for word, shelf in table if word in text), "")
